"""Small file systems for tests: a tmpfs that only those see who enter its namespace.

    disk = SmallDisk(folder, 8 << 20)
    with contextlib.closing(disk), tunemock.start("--db", f"{folder}/models.db", limits=disk.enter) as server:
        disk.fill()

Where the tests may not mount, is_permitted is False, and there is no such disk.
"""
import contextlib
import ctypes
import errno
import os
import subprocess

# From <sched.h>; Python has no names for them yet.
CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000

libc = ctypes.CDLL(None, use_errno=True)


class Mounts:
    """What a shell script mounts for those alone who enter; it stays until close."""

    def __init__(self, script):
        as_root = [] if os.geteuid() == 0 else ["--map-root-user"]
        self._holder = subprocess.Popen(
            ["unshare", "--mount", *as_root, "sh", "-c", script + " && echo mounted && exec cat"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.is_permitted = self._holder.stdout.readline() == b"mounted\n"

    def root(self):
        """The name by which a process that has not entered finds the root of those who have."""
        return f"/proc/{self._holder.pid}/root"

    def enter(self):
        """For the new process, before it runs the server."""
        namespaces = [("mnt", CLONE_NEWNS)] if os.geteuid() == 0 else [("user", CLONE_NEWUSER), ("mnt", CLONE_NEWNS)]
        # A process that has entered the user namespace may no longer look there.
        files = [os.open(f"/proc/{self._holder.pid}/ns/{name}", os.O_RDONLY) for name, _ in namespaces]
        root = os.open(self.root(), os.O_RDONLY)
        for file, (_, kind) in zip(files, namespaces):
            if libc.setns(file, kind) != 0:
                raise OSError(ctypes.get_errno(), "setns")
        # Whoever runs the tests in a changed root would otherwise be back in the machine's own.
        os.fchdir(root)
        os.chroot(".")

    def close(self):
        self._holder.stdin.close()
        self._holder.stdout.close()
        self._holder.wait()


class BindMount(Mounts):
    """One folder under the name of another."""

    def __init__(self, folder, name):
        super().__init__(f"mount --bind '{folder}' '{name}'")


class SmallDisk(Mounts):
    """A file system of so many bytes over a folder, which may be there for all others to see, such as /dev/shm. With
    further pairs of folder and bytes there are more."""

    def __init__(self, folder, size_bytes, *more):
        super().__init__(" && ".join(
            f"mount -t tmpfs -o size={size} tunemock '{place}'" for place, size in [(folder, size_bytes), *more]))
        self.path = folder
        self._ballast_count = 0

    def outside(self, path=""):
        """The name by which a process that has not entered finds a file of the disk."""
        return f"{self.root()}{self.path}/{path}"

    def fill(self, size_bytes=None):
        """Takes so many bytes of the disk, or all that are left, to the last."""
        self._ballast_count += 1
        left = 1 << 40 if size_bytes is None else size_bytes
        with open(self.outside(f"ballast-{self._ballast_count}"), "wb", buffering=0) as file:
            with contextlib.suppress(OSError):
                while left > 0:
                    left -= file.write(bytes(min(left, 65536)))
            if size_bytes is None:
                _fill_to_the_last_byte(file)

    def empty(self):
        """Gives all that back."""
        for number in range(1, self._ballast_count + 1):
            os.unlink(self.outside(f"ballast-{number}"))
        self._ballast_count = 0


def _fill_to_the_last_byte(file):
    while True:
        try:
            file.write(bytes(1024))
        except OSError as error:
            assert error.errno == errno.ENOSPC, error
            return
