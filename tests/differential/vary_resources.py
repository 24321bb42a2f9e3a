"""Variations of cgroupsPath and resources."""
from generate import variation


@variation("cgroup", 4)
def cgroups_path(config, draw):
    value = draw.choice(
        [
            "/@NAME@/sub",
            "/@NAME@/a/b/c",
            "@NAME@",
            "@NAME@/deep/er",
            "/@NAME@/../@NAME@-other",
            "/@NAME@/",
            "//@NAME@//x",
            None,
            "",
            "../../@NAME@",
            "/@NAME@/./x",
            "system.slice:minc:@NAME@",
            "/@NAME@-\u00fcnic\u00f6de",
            "/@NAME@/with space",
        ]
    )
    if value is None:
        config.linux.pop("cgroupsPath", None)
    else:
        config.linux["cgroupsPath"] = value
    return f"cgroupsPath {value!r}"


@variation("resources", 5)
def memory(config, draw):
    value = {}
    for name, values in (
        ("limit", [67108864, 100000000, -1, 0, 33554432, 1 << 40]),
        ("reservation", [33554432, -1, 0]),
        ("swap", [134217728, -1, 0, 67108864]),
        ("swappiness", [0, 10, 100, 60]),
        ("disableOOMKiller", [True, False]),
        ("kernel", [33554432, -1]),
        ("kernelTCP", [33554432]),
        ("useHierarchy", [True]),
        ("checkBeforeUpdate", [True]),
    ):
        if draw.random() < 0.3:
            value[name] = draw.choice(values)
    config.resources["memory"] = value
    return f"memory {value}"


@variation("resources", 5)
def cpu(config, draw):
    value = {}
    for name, values in (
        ("shares", [0, 2, 512, 1024, 262144, 1, 300000]),
        ("quota", [10000, 50000, -1, 0, 500, 999]),
        ("period", [50000, 100000, 1000, 0, 999, 2000000]),
        ("cpus", ["0", "0-1", "1", "", "7", "x"]),
        ("mems", ["0", "", "5"]),
        ("realtimeRuntime", [0]),
        ("realtimePeriod", [0]),
    ):
        if draw.random() < 0.35:
            value[name] = draw.choice(values[:3] if draw.random() < 0.7 else values)
    config.resources["cpu"] = value
    return f"cpu {value}"


@variation("resources", 3)
def pids(config, draw):
    config.resources["pids"] = {"limit": draw.choice([10, 100, -1, 0, 1, 2, -5, 4194304, 1 << 40])}
    return f"pids {config.resources['pids']}"


@variation("resources", 3)
def block_io(config, draw):
    row = {"major": 254, "minor": 0, "rate": draw.choice([1048576, 1000, 0])}
    value = draw.choice(
        [
            {"weight": 500},
            {"weight": 10},
            {"weight": 1000},
            {"leafWeight": 300},
            {"throttleReadBpsDevice": [row]},
            {"throttleWriteBpsDevice": [row]},
            {"throttleReadIOPSDevice": [row]},
            {"throttleWriteIOPSDevice": [row]},
            {"weightDevice": [{"major": 254, "minor": 0, "weight": 500}]},
            {"throttleReadBpsDevice": [{"major": 99, "minor": 99, "rate": 5}]},
            {"weight": 5},
            {"weight": 1001},
            {"weight": 70000},
            {},
            {"throttleReadBpsDevice": []},
        ]
    )
    config.resources["blockIO"] = value
    return f"blockIO {value}"


@variation("resources", 3)
def other_resources(config, draw):
    value = draw.choice(
        [
            {"hugepageLimits": [{"pageSize": "2MB", "limit": 2097152}]},
            {"hugepageLimits": [{"pageSize": "3MB", "limit": 1}]},
            {"network": {"classID": 5}},
            {"network": {"priorities": [{"name": "lo", "priority": 3}]}},
            {"unified": {"memory.max": "100"}},
            {"rdma": {"mlx5_1": {"hcaHandles": 3}}},
            {"unified": {}},
            {"hugepageLimits": []},
            {"network": {}},
            {"rdma": {}},
        ]
    )
    config.resources.update(value)
    return f"{value}"


@variation("resources", 1)
def bad_resources(config, draw):
    value = draw.choice(
        [
            {"memory": {"limit": "64m"}},
            {"memory": {"limit": 1.5}},
            {"memory": {"swappiness": 101}},
            {"memory": {"swappiness": -1}},
            {"memory": {"limit": 67108864, "swap": 1000}},
            {"memory": {"swap": 1000}},
            {"cpu": {"shares": -1}},
            {"cpu": {"quota": "5"}},
            {"cpu": {"cpus": 5}},
            {"cpu": {"period": -1}},
            {"pids": {"limit": "5"}},
            {"pids": 5},
            {"pids": {}},
            {"memory": None},
            {"cpu": []},
            {"memory": {"limit": 4096}},
            {"memory": {"limit": 9223372036854775808}},
            {"memory": {"limit": 9223372036854771712}},
            {"cpu": {"shares": 18446744073709551615}},
            {"memory": {"limit": -2}},
        ]
    )
    config.resources.update(value)
    return f"{value}"


@variation("resources", 1)
def no_resources(config, draw):
    config.linux["resources"] = draw.choice([None, {}, "x"])
    return f"resources {config.linux['resources']}"
