// SPDX-License-Identifier: Apache-2.0
package org.wgj.process;

import static org.wgj.tun.linux.ErrnoException.check;

import com.sun.jna.Platform;

import org.wgj.tun.linux.Errno;
import org.wgj.tun.linux.ErrnoException;
import org.wgj.tun.linux.FileOwner;
import org.wgj.tun.linux.Libc;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;

/**
 * An exclusive lock on a file, which one holder in one process has at a time. The file is created
 * with mode 0600 if missing. The kernel releases the lock when the process ends for any reason.
 *
 * <p>Root acts on the file's content, so no other user may be able to write or replace the file or
 * its folder ({@link FileOwner}).
 *
 * <p>It uses flock(2) instead of the JDK's locks: those are lost when other code in the process
 * closes the same file, and the file could not be deleted without a race.
 */
public final class FileLock implements AutoCloseable {
    /* asm-generic/fcntl.h, sys/file.h */
    private static final int O_RDWR = 2;
    private static final int O_CLOEXEC = 0x80000;
    private static final int O_NOFOLLOW = Platform.isARM() ? 0x8000 : 0x20000; // asm/fcntl.h
    private static final int LOCK_EX = 2;
    private static final int LOCK_NB = 4;

    /** More often than a holder can delete the file; a dangling symbolic link stays missing. */
    private static final int MAX_VANISHED = 1000;

    private static final int PATIENCE_S = 30;
    private static final int PAUSE_MS = 5;

    private final int fd;

    private FileLock(int fd) {
        this.fd = fd;
    }

    /** Returns null if another holder has the lock. */
    public static FileLock tryLock(Path file) throws IOException {
        for (int vanished = 0; ; ) {
            create(file);
            if (!isFolderOurs(file)) {
                if (++vanished == MAX_VANISHED) { // in /proc, for example, none can be made
                    throw new IOException("cannot make the folder of " + file);
                }
                continue; // its last holder has just deleted it
            }
            int fd = Libc.open(file.toString(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
            if (fd < 0 && Libc.errno() == Errno.ENOENT && ++vanished < MAX_VANISHED) {
                continue; // its last holder has just deleted it
            }
            check("open " + file, fd);
            refuseOthers(file, fd);
            int result = Libc.flock(fd, LOCK_EX | LOCK_NB);
            int errno = result < 0 ? Libc.errno() : 0;
            if (errno == 0 && isStillThere(file, fd)) {
                return new FileLock(fd);
            }
            Libc.close(fd);
            if (errno == Errno.EAGAIN) {
                return null;
            }
            if (errno != 0 && errno != Errno.EINTR) {
                throw new ErrnoException("lock " + file, errno);
            }
        }
    }

    /**
     * Waits while another holder has the lock, at most {@value #PATIENCE_S} s: a holder that needs
     * longer was stopped, or hangs.
     *
     * @throws IOException also if the time is over; the message says what to do
     * @throws InterruptedIOException if the thread is interrupted, which it then still is
     */
    public static FileLock lock(Path file) throws IOException {
        return lock(file, Duration.ofSeconds(PATIENCE_S));
    }

    public static FileLock lock(Path file, Duration patience) throws IOException {
        long endNs = System.nanoTime() + patience.toNanos();
        while (true) {
            FileLock lock = tryLock(file);
            if (lock != null) {
                return lock;
            }
            if (System.nanoTime() - endNs >= 0) {
                throw new IOException(
                        "another command of wgj has held %s for %d s: see who with \"fuser -v %s\", end it, and try again"
                                .formatted(file, patience.toSeconds(), file));
            }
            try {
                Thread.sleep(PAUSE_MS); // flock(2) knows no time limit
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted");
            }
        }
    }

    private static boolean isFolderOurs(Path file) throws IOException {
        try {
            FileOwner.requireFolder(file.getParent());
            return true;
        } catch (NoSuchFileException e) {
            return false;
        } catch (IOException e) {
            throw new IOException("open " + file + ": " + e.getMessage(), e);
        }
    }

    private static void refuseOthers(Path file, int fd) throws IOException {
        try {
            FileOwner.of(fd).requireOwnFile(file);
        } catch (IOException e) {
            Libc.close(fd);
            throw e;
        }
    }

    private static void create(Path file) throws IOException {
        try {
            Files.createDirectories(
                    file.getParent(),
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rwx------")));
            Files.createFile(
                    file,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rw-------")));
        } catch (FileAlreadyExistsException | NoSuchFileException e) {
            // It exists, or its directory was just deleted, which the next attempt notices.
        } catch (AccessDeniedException e) {
            throw new IOException("cannot write " + file + ": run as root", e);
        } catch (FileSystemException e) {
            throw new IOException(
                    "cannot write " + file + ": " + e.getReason() + "; it must be writable", e);
        }
    }

    /** Returns whether the open file still has its name; another holder may have deleted it. */
    private static boolean isStillThere(Path file, int fd) throws IOException {
        try {
            return FileOwner.of(file).isSameFile(FileOwner.of(fd));
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    @Override
    public void close() {
        Libc.close(fd);
    }
}
