"""Why the parser may refuse what the schema takes: the rules that a schema cannot say.

Each reason is named, and has the places (JSON pointers) and the words of the refusals that it explains. A refusal that none of
them explains is a disagreement; so is a reason that explains none, for then the rule is gone or the schema says it by now.
"""
import re
from dataclasses import dataclass


@dataclass
class Reason:
    name: str
    rules: list  # (regular expression of the pointer, regular expression of the words)

    def explains(self, pointer, what):
        return any(re.fullmatch(place, pointer) and re.search(words, what) for place, words in self.rules)


REASONS = [
    Reason(
        "another part of the document decides",
        [
            ("/(host|domain)name", "without a private UTS namespace"),
            ("/linux/(uid|gid)Mappings", "user namespace isn't enabled"),
            ("/linux/namespaces", "no namespace path to join nor mappings"),
            ("/linux/(uid|gid)Mappings", "no mapping found for [ug]id 0"),
            ("/process/user/(uid|gid|additionalGids/[0-9]+)", "unmapped"),
            ("/linux/timeOffsets", "time namespace"),
            ("/linux/netDevices", "without a NET namespace"),
            ("/linux/sysctl/.*", "without a private|in host network namespace|differs from the OCI"),
            ("/linux/(maskedPaths|readonlyPaths)", "without a private MNT namespace"),
            ("/mounts/[0-9]+/options", "or a user namespace to take them from"),
            ("/linux/namespaces", "would mount in the host's"),
            ("/annotations/org\\.minc-oci\\.rootfs\\.work", "upper is no directory"),
        ],
    ),
    Reason(
        "entries that must not repeat or meet",
        [
            ("/process/rlimits/[0-9]+/type", "duplicated rlimit"),
            ("/linux/namespaces/[0-9]+/type", "duplicated ns"),
            (".*/(uid|gid)Mappings/[0-9]+", "overlaps"),
            ("/linux/netDevices/.*", "two network devices"),
            ("/linux/resources/devices/[0-9]+", "punch hole"),
        ],
    ),
    Reason(
        "one number bounds another",
        [
            ("/process/rlimits/[0-9]+/soft", "above its hard limit"),
            (".*/(uid|gid)Mappings/[0-9]+/size", "beyond the last id"),
            ("/linux/resources/memory/swap", "should be >= memory limit|without memory limit"),
            ("/linux/resources/cpu/burst", "the quota"),
        ],
    ),
    Reason(
        "numbers inside of a text",
        [
            ("/process/execCPUAffinity/(initial|final)", "invalid list of CPUs"),
            ("/linux/memoryPolicy/nodes", "invalid memory policy nodes"),
            ("/annotations/org\\.minc-oci\\.rootfs\\.upper", "no size: \"tmpfs:[0-9]"),
        ],
    ),
    Reason(
        "where a path leads",
        [
            ("/mounts/[0-9]+/destination", "on the top of rootfs|inside /proc"),
            ("/mounts/[0-9]+/(type|source)", "not of type proc"),
            ("/linux/devices/[0-9]+/path", "is the root directory"),
        ],
    ),
    Reason(
        "bytes, not letters",
        [
            (".*", "NUL byte"),
            ("/(host|domain)name", "at most 64"),
            ("/linux/netDevices/.*", "invalid network device name"),
        ],
    ),
    Reason(
        "JSON inside of a text",
        [("/annotations/org\\.minc-oci\\.rootfs\\.lower", "is no JSON array|a lower directory is empty")],
    ),
    Reason(
        "what no host has",
        [
            ("/linux/resources/unified(/.*)?", "cgroup v1|not available"),
            ("/linux/resources/blockIO/(weightDevice/[0-9]+/)?leafWeight", "cgroup v2"),
            ("/linux/resources/cpu/realtime(Period|Runtime)", "cgroup v2"),
            ("/linux/resources/memory/disableOOMKiller", "cgroup v2"),
            ("/linux/resources/network/(classID|priorities)", "cgroup v2"),
            ("/linux/seccomp/architectures", "another byte order|not known to this libseccomp"),
        ],
    ),
    Reason(
        "not in this version",
        [
            ("/linux/intelRdt", "not supported by this version"),
            ("/linux/namespaces", "joining a mount namespace is not supported"),
        ],
    ),
]


def reason_for(verdict):
    for reason in REASONS:
        if reason.explains(verdict["pointer"], verdict["what"]):
            return reason.name
    return None
