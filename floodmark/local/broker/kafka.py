"""A real Apache Kafka on this machine: one JVM, KRaft, loopback only, data kept between runs."""

import base64
import shutil
import subprocess
import uuid
from pathlib import Path

from floodmark.local.broker import kafka_files as files
from floodmark.local.broker.base import Report, await_answer
from floodmark.local.broker.jars import class_path, default_cache, pinned
from floodmark.local.broker.java import find_java
from floodmark.local.broker.ownership import BrokerOwnership
from floodmark.local.processes.children import Child, end, spawn
from runtime.kafka.errors import BrokerError
from runtime.ports import listens

READY_WITHIN_S = 180.0
STOP_WITHIN_S = 20.0


class LocalKafka:
    """One Kafka node whose files are in `DATA_DIR/kafka`.

    It is killed by the system when this process dies, and does not see the terminal's Ctrl-C. Restarted by the
    same object, it comes back on the same port; a new run prefers the port of the last one.

    Args:
        data_dir: Where data is kept; made when it is not there.
        report: Receives what takes time, in sentences.
        port: The port for clients; by default a free one.
        heap_mb: The JVM's largest heap, in MiB.
        cache: Where jars are kept, instead of the user's cache.
        more: What it has on top of what every node has.
    """

    kind = "kafka"
    volatile = False

    def __init__(
        self,
        data_dir: Path,
        report: Report,
        *,
        port: int | None = None,
        heap_mb: int = 512,
        cache: Path | None = None,
        more: files.Additions | None = None,
    ) -> None:
        self.home = data_dir.absolute() / "kafka"
        self._report = report
        self._port = port
        self._heap_mb = heap_mb
        self._cache = cache or default_cache()
        self._more = more or files.Additions()
        self._command: tuple[str, ...] = ()
        self._ownership = BrokerOwnership(self.home)
        self._child: Child | None = None

    @property
    def address(self) -> str:
        """HOST:PORT for clients; valid after `start`."""
        if self._port is None:
            raise BrokerError("Kafka has no address before it is started.")
        return f"127.0.0.1:{self._port}"

    @property
    def pid(self) -> int | None:
        """The JVM's process id while it runs."""
        return self._child.pid if self._child and self.alive() else None

    def prepare(self) -> str:
        """Get what is needed to run: a Java and the jars; does nothing the second time.

        Returns:
            What was found, for people.

        Raises:
            BrokerError: Java or the jars cannot be had.
        """
        java, jars = find_java(), pinned()
        found = class_path(jars, self._cache, self._report)
        self._command = (
            str(java.path),
            "-cp",
            ":".join(map(str, found)),
            f"-Xmx{self._heap_mb}m",
            # On two cores shared with everything else: the collector with the fewest threads and least memory.
            "-XX:+UseSerialGC",
            "-XX:+ExitOnOutOfMemoryError",
            # Both would leave files in the system's temporary folder after a kill.
            "-XX:-UsePerfData",
            f"-Djava.io.tmpdir={files.TEMPORARY}",
            "-Djava.awt.headless=true",
            f"-Dlog4j2.configurationFile={files.LOGGING}",
        )
        return f"Apache Kafka {jars.version} on Java {java.major} from {java.origin}"

    def start(self) -> None:
        """Bring it up; returns once it answers a metadata request. Does nothing when it runs.

        Raises:
            BrokerError: Java or the jars cannot be had, another process owns the data, or it did not come up.
        """
        if self.alive():
            return
        if not self._command:
            self.prepare()
        left_behind = self._ownership.take()
        try:
            if left_behind and self._child is None:
                self._report(f"Ending Kafka process {left_behind.pid}, which an earlier run left behind.")
                left_behind.kill()
                left_behind.wait(STOP_WITHIN_S)
            node = self._node()
            files.write_files(self.home, node, self._more.settings(node))
            shutil.rmtree(self.home / files.TEMPORARY, ignore_errors=True)
            (self.home / files.TEMPORARY).mkdir()
            if not (self.home / files.DATA / "meta.properties").exists():
                self._format()
            self._launch(node)
        except BaseException:
            self.stop()
            raise

    def alive(self) -> bool:
        """Whether the JVM runs."""
        return self._child is not None and self._child.poll() is None

    def stop(self) -> None:
        """End it cleanly, by force after 20 s, and let go of the data; does nothing when it does not run."""
        if self._child and not end(self._child, STOP_WITHIN_S):
            self._report(
                f"Kafka did not stop within {STOP_WITHIN_S:.0f} s and was killed; it checks its data next time."
            )
        self._child = None
        self._ownership.release()

    def _node(self) -> files.Ports:
        try:
            node = files.choose_ports(self.home, self._port)
        except OSError as error:
            raise BrokerError(f"Kafka cannot listen: {error.strerror or error}.") from error
        if not node.are_free():
            raise BrokerError(
                f"Port {node.clients} of 127.0.0.1 is taken by another program. Stop that one, or choose another port."
            )
        self._port = node.clients
        return node

    def _format(self) -> None:
        """Make the storage of a new node."""
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        # In one word: an id that begins with a dash would be taken for an option.
        command = ["kafka.tools.StorageTool", "format", "--standalone", f"--cluster-id={cluster}", "-c", files.SETTINGS]
        command += self._more.format_options
        with (self.home / files.OUTPUT).open("wb") as output:
            child = spawn([*self._command, *command], cwd=self.home, output=output)
        try:
            code = child.wait(READY_WITHIN_S)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            end(child, 0)
        if code != 0:
            raise BrokerError(f"Kafka could not format {self.home / files.DATA}: {self._last_words(files.OUTPUT)}")

    def _launch(self, node: files.Ports) -> None:
        with (self.home / files.OUTPUT).open("wb") as output:
            self._child = spawn([*self._command, "kafka.Kafka", files.SETTINGS], cwd=self.home, output=output)
        self._ownership.note(self._child.pid)
        if not await_answer(
            self.address,
            alive=self.alive,
            listening=lambda: listens("127.0.0.1", node.clients),
            within_s=READY_WITHIN_S,
        ):
            what = "does not answer" if self.alive() else f"ended with exit code {self._child.returncode}"
            raise BrokerError(
                f"Kafka {what}: {self._last_words(files.OUTPUT, files.LOG)} The whole story is in "
                f"{self.home / files.LOG}. Free memory ({self._heap_mb} MiB are needed) or use --broker embedded."
            )

    def _last_words(self, *names: str) -> str:
        """The last lines with an error in what the JVM wrote, or its last line."""
        lines = [
            line.strip()
            for name in names
            if (self.home / name).exists()
            for line in (self.home / name).read_text("utf-8", "replace").splitlines()[-200:]
            if line.strip()
        ]
        wrong = [line for line in lines if "ERROR" in line or "Exception" in line or "FATAL" in line]
        return " / ".join((wrong or lines or ["it said nothing"])[-3:])[:600]
