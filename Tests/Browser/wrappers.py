"""Commands through which another command meets an obstacle."""
import os


def as_nobody():
    """As a user to whom nothing belongs."""
    return ("runuser", "-u", "nobody", "--") if os.geteuid() == 0 else ()


def with_small_disk(folder, size):
    """With a disk of this size on the folder; nobody else sees it, and it ends with the command."""
    mount = f"mount -t tmpfs -o size={size},mode=755 tmpfs '{folder}' && exec \"$@\""
    return ("unshare", "--map-root-user", "--mount", "sh", "-c", mount, "sh")
