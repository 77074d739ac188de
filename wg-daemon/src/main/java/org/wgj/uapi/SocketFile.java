// SPDX-License-Identifier: Apache-2.0
package org.wgj.uapi;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;

import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Errors.NativeIoException;
import io.netty.channel.unix.Socket;

import org.wgj.tun.linux.Errno;
import org.wgj.tun.linux.ErrnoException;
import org.wgj.tun.linux.FileOwner;
import org.wgj.tun.linux.Libc;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The file of a listening Unix socket: publishes it under its name and notices when that file is
 * replaced or deleted.
 *
 * <p>A client that can connect can read the private key, so the file must have mode 0600 before a
 * connection is possible. The umask cannot ensure that: it belongs to the whole process, and a JVM
 * has other threads. So this sets the mode of the socket before bind(2), which creates the file
 * with it, binds to a hidden name, listens, and only then calls rename(2). Since the socket listens
 * when the file appears, wg never takes it for a stale socket, which it would delete.
 */
final class SocketFile {
    /** sun_path has 108 bytes, the last one for the NUL (unix(7)). */
    private static final int MAX_PATH_BYTES = 107;

    private static final int BACKLOG = 128;
    private static final int AF_UNIX = 1; // sys/socket.h
    private static final int SOCK_STREAM = 1;
    private static final int SOCK_NONBLOCK = 0x800;
    private static final int SOCK_CLOEXEC = 0x80000;

    /** An inode. The birth time distinguishes it from a later inode with the same number. */
    private record Identity(Object fileKey, FileTime born) {
        /** In place of equals, which a JVM makes at run time for a record. */
        boolean isSame(Identity other) {
            return fileKey.equals(other.fileKey) && born.equals(other.born);
        }
    }

    private final Path path;
    private final Identity identity;

    private SocketFile(Path path, Identity identity) {
        this.path = path;
        this.identity = identity;
    }

    /** Returns the path of an interface's socket. */
    static Path path(Path directory, String name) throws IOException {
        if (name.isEmpty() || name.indexOf('/') >= 0 || name.indexOf('\0') >= 0) {
            throw new IOException("not the name of an interface: it is empty or has a '/'");
        }
        Path path = directory.resolve(name + ".sock").toAbsolutePath();
        int length = path.toString().getBytes(StandardCharsets.UTF_8).length;
        if (length > MAX_PATH_BYTES) {
            throw new IOException(
                    "the path of a Unix socket has at most "
                            + MAX_PATH_BYTES
                            + " bytes, "
                            + path
                            + " has "
                            + length);
        }
        return path;
    }

    /**
     * Makes the socket listen under its name and replaces a stale socket there.
     *
     * @param socket unbound; the caller still owns it, also on failure
     */
    static SocketFile publish(Path path, Socket socket) throws IOException {
        Path directory = path.getParent();
        Files.createDirectories(
                directory,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        FileOwner.requireFolder(directory);
        refuseIfTaken(path);
        ErrnoException.check("fchmod", Libc.fchmod(socket.intValue(), 0600));
        Path hidden = bindHidden(directory, socket);
        try {
            socket.listen(BACKLOG);
            SocketFile file = new SocketFile(path, identity(hidden));
            Files.move(hidden, path, StandardCopyOption.ATOMIC_MOVE);
            return file;
        } catch (IOException | RuntimeException e) {
            Files.deleteIfExists(hidden);
            throw e;
        }
    }

    /** Returns the file of a socket that another process created; null if there is none. */
    static SocketFile existing(Path path) throws IOException {
        try {
            return new SocketFile(path, identity(path));
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    Path path() {
        return path;
    }

    /**
     * Returns whether the file still exists and was not replaced; true if the system cannot tell.
     */
    boolean isOurs() {
        try {
            return identity(path).isSame(identity);
        } catch (NoSuchFileException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    /**
     * Deletes the file. Call it while the socket still listens: until then no other process takes
     * the name over.
     */
    void delete() throws IOException {
        if (isOurs()) {
            Files.deleteIfExists(path);
        }
    }

    /**
     * Binds to a hidden name that is not longer than the shortest name of a socket, so that its
     * path fits too.
     */
    private static Path bindHidden(Path directory, Socket socket) throws IOException {
        for (int attempt = 0; ; attempt++) {
            int number =
                    ThreadLocalRandom.current().nextInt(36 * 36 * 36 * 36, 36 * 36 * 36 * 36 * 36);
            Path hidden = directory.resolve("." + Integer.toString(number, 36));
            try {
                socket.bind(new DomainSocketAddress(hidden.toString()));
                return hidden;
            } catch (NativeIoException e) {
                if (-e.expectedErr() != Errno.EADDRINUSE || attempt == 100) {
                    throw new ErrnoException("a socket in " + directory, -e.expectedErr());
                }
            }
        }
    }

    /** Deletes the socket of a process that was killed; a socket with a listener stays. */
    static void deleteIfStale(Path path) throws IOException {
        if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)
                && FileOwner.of(path).isSocket()
                && connect(path) == Errno.ECONNREFUSED) {
            Files.deleteIfExists(path);
        }
    }

    private static void refuseIfTaken(Path path) throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        boolean link = SocketOwner.isLinkToUser(path);
        if (!link && !FileOwner.of(path).isSocket()) {
            throw new ErrnoException(
                    path.toString(),
                    Errno.EEXIST,
                    "exists and is not a socket; remove it if it is not needed");
        }
        int errno = connect(path);
        if (errno == Errno.ECONNREFUSED || errno == Errno.ENOENT) {
            return; // stale, or just deleted
        }
        if (link && errno == Errno.EACCES) {
            return; // a link to the socket of a user whose interface is gone; otherwise ours could
            // not have been created
        }
        throw new ErrnoException(
                path.toString(),
                Errno.EADDRINUSE,
                errno == 0
                        ? "another process serves this interface"
                        : "may belong to another process: connecting to it says "
                                + Errno.text(errno));
    }

    /**
     * Returns the errno of connect(2), 0 if it succeeds. It does not block: a hanging process does
     * not accept, and when its backlog is full, clients would wait. The JDK's channel distinguishes
     * the errors only by their text, and refuses a path of 107 bytes.
     */
    private static int connect(Path path) throws IOException {
        int fd =
                ErrnoException.check(
                        "socket",
                        Libc.socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        try (Memory address = new Memory(2 + MAX_PATH_BYTES + 1)) { // struct sockaddr_un, sys/un.h
            byte[] bytes = path.toString().getBytes(StandardCharsets.UTF_8);
            address.clear();
            address.setShort(0, (short) AF_UNIX);
            address.write(2, bytes, 0, bytes.length);
            return Libc.connect(fd, Pointer.nativeValue(address), (int) address.size()) < 0
                    ? Libc.errno()
                    : 0;
        } finally {
            Libc.close(fd);
        }
    }

    private static Identity identity(Path path) throws IOException {
        BasicFileAttributes attributes =
                Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        return new Identity(attributes.fileKey(), attributes.creationTime());
    }
}
