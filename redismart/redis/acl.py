"""The ACL users of an embedded node: each app touches its own keys and nothing else."""

from redismart.redis.topology import OPERATOR, Node

# What an app needs: data commands and its own connection. Not KEYS, FLUSHALL, CONFIG, SHUTDOWN or ACL.
APP_COMMANDS = (
    "+@all",
    "-@admin",
    "-@dangerous",
    "-function",
    "-script|flush",
    "+info",
    "+ft._list",
    "+client|setinfo",
    "+client|setname",
    "+client|no-evict",
)
# Commands of the search module that know no keys, so that no key rule holds for them. Their names differ
# between its versions, and an ACL file with an unknown one stops the server: they are taken away later.
KEYLESS_COMMANDS = ("ft.config", "ft.debug", "_ft.debug", "ft.dictadd", "ft.dictdel", "ft.dictdump")


def users(node: Node, *, password: str, operator_password: str) -> list[str]:
    """The lines of the node's ACL file."""
    keys = f"~{node.app}:*"
    channels = "&*" if node.app == "cache" else f"&{node.app}:*"
    return [
        # Nobody can be it. But Redis loads its append-only file as this user, and leaves out every transaction that
        # holds a command it may not run, which means all that scripts ever wrote.
        "user default off resetpass ~* &* +@all",
        f"user {OPERATOR} on >{operator_password} ~* &* +@all",
        " ".join(["user", node.app, "on", f">{password}", keys, channels, *APP_COMMANDS]),
    ]
