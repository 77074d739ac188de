// SPDX-License-Identifier: Apache-2.0
package org.wgj.uapi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.wgj.tun.linux.Errno;
import org.wgj.tun.linux.ErrnoException;
import org.wgj.tun.linux.Libc;

import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

/**
 * Tests how the socket gets its name, which files it replaces, and how the server notices its
 * removal.
 */
@Timeout(30)
class SocketFileTest {
    private static final String OK = "errno=0\n\n";
    private static final int AF_UNIX = 1;
    private static final int SOCK_STREAM = 1;

    @TempDir private Path directory;
    private final FakeTunnel tunnel = new FakeTunnel();
    private final CountDownLatch removed = new CountDownLatch(1);
    private final AtomicInteger removals = new AtomicInteger();

    @AfterEach
    void close() {
        tunnel.close();
    }

    private UapiServer start(Path where, String name) throws IOException {
        return UapiServer.start(where, name, tunnel, this::countRemoval);
    }

    private UapiServer start() throws IOException {
        return start(directory, "wg0");
    }

    private void countRemoval() {
        removals.incrementAndGet();
        removed.countDown();
    }

    private Path socket() {
        return directory.resolve("wg0.sock");
    }

    private static void assertServes(Path path) throws IOException {
        try (RawClient client = new RawClient(path)) {
            assertEquals(OK, client.ask("get=1\n\n"));
        }
    }

    private List<String> files() throws IOException {
        try (Stream<Path> list = Files.list(directory)) {
            return list.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    /** Creates a socket whose process ended without removing it. */
    private void leaveStaleSocket(Path path) throws IOException {
        ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                .bind(UnixDomainSocketAddress.of(path))
                .close();
        assertTrue(Files.exists(path));
    }

    private void awaitRemoval() throws InterruptedException {
        assertTrue(removed.await(20, TimeUnit.SECONDS), "the removal was not noticed");
    }

    @Test
    void onlyTheOwnerMayConnectAndNothingElseIsLeftInTheDirectory() throws IOException {
        try (UapiServer _ = start()) {
            assertEquals(
                    "rw-------",
                    PosixFilePermissions.toString(Files.getPosixFilePermissions(socket())));
            assertEquals(List.of("wg0.sock"), files());
            assertServes(socket());
        }
        assertEquals(List.of(), files());
    }

    @Test
    void aVisibleSocketListensAndIsClosedToOtherUsers() throws Exception {
        AtomicReference<Throwable> problem = new AtomicReference<>();
        for (int i = 0; i < 50; i++) {
            Path path = directory.resolve("wg" + i + ".sock");
            Thread watcher =
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        try {
                                            while (!Files.exists(path)) {
                                                Thread.onSpinWait();
                                            }
                                            RawClient client = new RawClient(path);
                                            client.close();
                                            assertEquals(
                                                    "rw-------",
                                                    PosixFilePermissions.toString(
                                                            Files.getPosixFilePermissions(path)));
                                        } catch (IOException | RuntimeException | Error e) {
                                            problem.set(e);
                                        }
                                    });
            UapiServer server = start(directory, "wg" + i);
            watcher.join();
            server.close();
            if (problem.get() != null) {
                throw new AssertionError(problem.get());
            }
        }
    }

    @Test
    void aMissingDirectoryIsCreated() throws IOException {
        Path deeper = directory.resolve("run/wireguard");
        try (UapiServer _ = start(deeper, "wg0")) {
            assertServes(deeper.resolve("wg0.sock"));
            String mode = PosixFilePermissions.toString(Files.getPosixFilePermissions(deeper));
            assertTrue(
                    mode.startsWith("rwx") && mode.charAt(4) == '-' && mode.charAt(7) == '-', mode);
        }
    }

    @Test
    void aStaleSocketIsReplaced() throws IOException {
        leaveStaleSocket(socket());
        try (UapiServer _ = start()) {
            assertServes(socket());
            assertEquals(List.of("wg0.sock"), files());
        }
    }

    @Test
    void aLiveSocketIsRefused() throws IOException {
        try (UapiServer _ = start()) {
            ErrnoException e = assertThrows(ErrnoException.class, this::start);
            assertEquals(Errno.EADDRINUSE, e.errno());
            assertTrue(e.getMessage().contains(socket().toString()), e.getMessage());
            assertTrue(e.getMessage().contains("another process"), e.getMessage());
            assertEquals(List.of("wg0.sock"), files());
            assertServes(socket());
        }
    }

    @Test
    void theSocketOfAHangingProcessIsRefusedWithoutWaiting() throws IOException {
        try (ServerSocketChannel _ =
                        ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                                .bind(UnixDomainSocketAddress.of(socket()), 1);
                RawClient _ = new RawClient(socket());
                RawClient _ = new RawClient(socket())) { // now its backlog is full
            assertEquals(Errno.EADDRINUSE, assertThrows(ErrnoException.class, this::start).errno());
        }
    }

    @Test
    void aFileThatIsNotASocketIsRefusedAndKept() throws IOException {
        Files.writeString(socket(), "precious");
        ErrnoException file = assertThrows(ErrnoException.class, this::start);
        assertTrue(file.getMessage().contains(socket().toString()), file.getMessage());
        assertEquals("precious", Files.readString(socket()));

        Files.delete(socket());
        Files.createSymbolicLink(socket(), Path.of("elsewhere"));
        assertThrows(ErrnoException.class, this::start);
        assertTrue(Files.isSymbolicLink(socket()));

        Files.delete(socket());
        Files.createDirectory(socket());
        assertThrows(ErrnoException.class, this::start);
        assertEquals(List.of("wg0.sock"), files());
    }

    @Test
    void aFolderThatOthersCanWriteToIsRefused() throws IOException {
        Path shared = Files.createDirectory(directory.resolve("shared"));
        Files.setPosixFilePermissions(shared, PosixFilePermissions.fromString("rwxrwxr-x"));
        IOException e = assertThrows(IOException.class, () -> start(shared, "wg0"));
        assertTrue(e.getMessage().contains("chmod go-w " + shared), e.getMessage());
        Path link = Files.createSymbolicLink(directory.resolve("link"), directory);
        assertThrows(IOException.class, () -> start(link, "wg0"));
        assertEquals(List.of("link", "shared"), files());
    }

    /** The link of an interface that ran with --user. */
    @Test
    void aLinkToAUsersStaleSocketIsReplaced() throws IOException {
        Path theirs = Files.createDirectory(directory.resolve("wgj-1000"));
        Files.createSymbolicLink(socket(), theirs.resolve("wg0.sock"));
        try (UapiServer _ = start(theirs, "wg0")) {
            assertEquals(Errno.EADDRINUSE, assertThrows(ErrnoException.class, this::start).errno());
        }
        try (UapiServer _ = start()) {
            assertFalse(Files.isSymbolicLink(socket()));
            assertServes(socket());
        }
        assertEquals(List.of("wgj-1000"), files());
    }

    @Test
    void aPathMayBeAsLongAsTheSystemAllows() throws IOException {
        String begin = directory + "/";
        Path longest = Path.of(begin + "d".repeat(107 - begin.length() - "/w.sock".length()));
        assertEquals(107, longest.resolve("w.sock").toString().length());
        try (UapiServer _ = start(longest, "w")) {
            Path shorter =
                    Files.createSymbolicLink(
                            directory.resolve("l"), longest); // for the JDK's client
            assertServes(shorter.resolve("w.sock"));
            assertThrows(ErrnoException.class, () -> start(longest, "w"));
        }
        IOException e = assertThrows(IOException.class, () -> start(longest, "wg"));
        assertTrue(
                e.getMessage().contains("107") && e.getMessage().contains("108"), e.getMessage());
    }

    @Test
    void aNameThatIsNotAFileNameIsRefused() {
        for (String name : new String[] {"", "a/b", "../wg0", "a\0b"}) {
            assertThrows(IOException.class, () -> start(directory, name), name);
        }
    }

    @Test
    void deletingTheSocketIsNoticed() throws Exception {
        try (UapiServer _ = start()) {
            Files.delete(socket());
            awaitRemoval();
        }
        assertEquals(1, removals.get());
    }

    @Test
    void replacingTheSocketIsNoticedAndTheOtherOneKept() throws Exception {
        try (UapiServer _ = start()) {
            Path other = directory.resolve("other");
            leaveStaleSocket(other);
            Files.move(other, socket(), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            awaitRemoval();
        }
        assertTrue(Files.exists(socket()), "it was not ours to delete");
    }

    @Test
    void deletingTheDirectoryIsNoticed() throws Exception {
        Path sub = directory.resolve("sub");
        try (UapiServer _ = start(sub, "wg0")) {
            Files.delete(sub.resolve("wg0.sock"));
            Files.delete(sub);
            awaitRemoval();
        }
    }

    @Test
    void movingTheDirectoryIsNoticed() throws Exception {
        Path sub = directory.resolve("sub");
        try (UapiServer _ = start(sub, "wg0")) {
            Files.move(sub, directory.resolve("moved"));
            awaitRemoval();
        }
    }

    @Test
    void changingModeOrOwnerIsNotARemoval() throws Exception {
        try (UapiServer _ = start()) {
            Files.setPosixFilePermissions(socket(), PosixFilePermissions.fromString("rw-rw----"));
            assertFalse(removed.await(2500, TimeUnit.MILLISECONDS)); // two checks
        }
    }

    @Test
    void theRemovalCallbackMayCloseTheServerTwice() throws Exception {
        AtomicReference<UapiServer> self = new AtomicReference<>();
        UapiServer server =
                UapiServer.start(
                        directory,
                        "wg0",
                        tunnel,
                        () -> {
                            self.get().close();
                            removed.countDown();
                        });
        self.set(server);
        Files.delete(socket());
        awaitRemoval();
        server.close();
        try (UapiServer _ = start()) {
            server.close();
            assertServes(socket());
        }
    }

    @Test
    void closingEndsConnectionsAndStopsListening() throws IOException {
        UapiServer server = start();
        Path otherName = Files.createLink(directory.resolve("other"), socket());
        assertServes(otherName);
        try (RawClient client = new RawClient(socket())) {
            assertEquals(OK, client.ask("get=1\n\n"));
            server.close();
            assertTrue(client.atEnd());
        }
        assertFalse(Files.exists(socket()));
        assertThrows(ConnectException.class, () -> new RawClient(otherName));
    }

    @Test
    void anInheritedBlockingSocketIsServed() throws Exception {
        Epoll.ensureAvailability();
        int fd = Libc.socket(AF_UNIX, SOCK_STREAM, 0);
        Socket listener = new Socket(fd);
        listener.bind(new DomainSocketAddress(socket().toString()));
        listener.listen(8);
        try (UapiServer _ = UapiServer.inherit(fd, directory, "wg0", tunnel, this::countRemoval)) {
            try (RawClient first = new RawClient(socket());
                    RawClient second = new RawClient(socket())) {
                assertEquals(OK, first.ask("get=1\n\n"));
                assertEquals(OK, second.ask("get=1\n\n"));
            }
            Files.delete(socket());
            awaitRemoval();
        }
    }

    @Test
    void aDescriptorThatIsNotAListeningUnixSocketIsRefusedAndClosed() throws IOException {
        Epoll.ensureAvailability();
        int[] descriptors = {
            Libc.socket(AF_UNIX, SOCK_STREAM, 0), // does not listen
            Libc.socket(2, SOCK_STREAM, 0),
            Libc.open("/dev/null", 2),
        };
        for (int fd : descriptors) {
            assertTrue(fd > 2);
            assertThrows(
                    IOException.class,
                    () -> UapiServer.inherit(fd, directory, "wg0", tunnel, this::countRemoval));
            assertFalse(Files.exists(Path.of("/proc/self/fd/" + fd), LinkOption.NOFOLLOW_LINKS));
        }
    }
}
