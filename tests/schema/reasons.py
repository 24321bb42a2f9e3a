"""Why the parser may refuse what the schema takes: the rules that a schema cannot say.

Each rule has the place (JSON pointer) and the words of its refusals. A refusal that no rule explains is a disagreement; so is a rule
that explains none, for then the parser has lost it or the schema says it by now.
"""
import re

ANNOTATION = r"/annotations/org\.minc-oci\.rootfs\."
MAPPINGS = "/(linux|mounts/[0-9]+)/(uid|gid)Mappings"
RESOURCES = "/linux/resources/"

# reason: [(regular expression of the whole pointer, words)]
REASONS = {
    "another part of the document decides": [
        ("/hostname", "without a private UTS namespace"),
        ("/domainname", "without a private UTS namespace"),
        ("/linux/(uid|gid)Mappings", "user namespace isn't enabled"),
        ("/linux/namespaces", "no namespace path to join nor mappings"),
        ("/linux/namespaces", "would mount in the host's"),
        ("/linux/namespaces", "has no right to mount in a mount namespace that is joined"),
        ("/mounts/[0-9]+/options", "no earlier mount has put one on"),
        ("/linux/uidMappings", "no mapping found for uid 0"),
        ("/linux/gidMappings", "no mapping found for gid 0"),
        ("/process/user/uid", "unmapped"),
        ("/process/user/gid", "unmapped"),
        ("/process/user/additionalGids/[0-9]+", "unmapped"),
        ("/linux/timeOffsets", "time namespace isn't enabled"),
        ("/linux/timeOffsets", "both namespace path and time offsets"),
        ("/linux/netDevices", "without a NET namespace"),
        ("/linux/sysctl/.*", "without a private"),
        ("/linux/sysctl/.*", "in host network namespace"),
        ("/linux/sysctl/.*", "differs from the OCI"),
        ("/linux/(maskedPaths|readonlyPaths)", "without a private MNT namespace"),
        ("/mounts/[0-9]+/options", "or a user namespace to take them from"),
        (ANNOTATION + "work", "upper is no directory"),
    ],
    "entries that must not repeat or meet": [
        ("/process/rlimits/[0-9]+/type", "duplicated rlimit"),
        ("/linux/namespaces/[0-9]+/type", "duplicated ns"),
        (MAPPINGS + "/[0-9]+", "overlaps"),
        ("/linux/netDevices/.*", "two network devices"),
        (RESOURCES + "devices/[0-9]+", "punch hole"),
    ],
    "one number bounds another": [
        ("/process/rlimits/[0-9]+/soft", "above its hard limit"),
        (MAPPINGS + "/[0-9]+/size", "beyond the last id"),
        (RESOURCES + "memory/swap", "should be >= memory limit"),
        (RESOURCES + "memory/swap", "without memory limit"),
        (RESOURCES + "cpu/burst", "the quota"),
    ],
    "inside of a text": [
        ("/process/execCPUAffinity/(initial|final)", "invalid list of CPUs"),
        ("/linux/memoryPolicy/nodes", "invalid memory policy nodes"),
        (ANNOTATION + "upper", "no size"),
        (ANNOTATION + "lower", "is no JSON array"),
        (ANNOTATION + "lower", "a lower directory is empty"),
    ],
    "where a path leads": [
        ("/mounts/[0-9]+/destination", "on the top of rootfs"),
        ("/mounts/[0-9]+/destination", "inside /proc"),
        ("/mounts/[0-9]+/type", "not of type proc"),
        ("/mounts/[0-9]+/source", "not of type proc"),
        ("/linux/devices/[0-9]+/path", "is the root directory"),
    ],
    "bytes, not letters": [
        (".*", "string contains a NUL byte"),
        (".*", "property name contains a NUL byte"),
        ("/hostname", "at most 64"),
        ("/domainname", "at most 64"),
        ("/linux/netDevices/.*", "invalid network device name"),
    ],
    "what no host has": [
        (RESOURCES + "unified/.*", "not available"),
        (RESOURCES + "blockIO/leafWeight", "cgroup v2"),
        (RESOURCES + "blockIO/weightDevice/[0-9]+/leafWeight", "cgroup v2"),
        (RESOURCES + "cpu/realtimePeriod", "cgroup v2"),
        (RESOURCES + "cpu/realtimeRuntime", "cgroup v2"),
        (RESOURCES + "memory/disableOOMKiller", "cgroup v2"),
        (RESOURCES + "network/classID", "cgroup v2"),
        (RESOURCES + "network/priorities", "cgroup v2"),
        ("/linux/seccomp/architectures", "another byte order"),
        ("/linux/seccomp/architectures", "not known to this libseccomp"),
    ],
}


def rule_for(verdict):
    """(reason, number of the rule), or None."""
    for reason, rules in REASONS.items():
        for number, (place, words) in enumerate(rules):
            if words in verdict["what"] and re.fullmatch(place, verdict["pointer"], re.DOTALL):
                return reason, number
    return None
