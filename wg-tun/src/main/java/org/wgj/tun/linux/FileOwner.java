// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;

/**
 * The owner and the kind of a file, as lstat(2) tells them.
 *
 * <p>A process with privileges must not trust a file because of its name: in a folder of another
 * user the name may lead to anything, also through a link. It trusts a folder that belongs to its
 * own user or to root and in which no other user can replace a file; there, paths are as good as
 * descriptors. The folders above are the choice of the caller.
 *
 * @param uid the user's number
 * @param mode type and permissions (inode(7))
 */
public record FileOwner(int uid, int mode, long device, long inode) {
    private static final int TYPE = 0170000; // S_IFMT, inode(7)
    private static final int FOLDER = 0040000;
    private static final int REGULAR = 0100000;
    private static final int LINK = 0120000;
    private static final int SOCKET = 0140000;
    private static final int STICKY = 01000;
    private static final int WRITABLE_BY_OTHERS = 0022;

    /** Of the file itself, be it a link. */
    public static FileOwner of(Path file) throws IOException {
        return of(file, LinkOption.NOFOLLOW_LINKS);
    }

    /** Of an open file. */
    public static FileOwner of(int fd) throws IOException {
        return of(Path.of("/proc/self/fd/" + fd), new LinkOption[0]);
    }

    private static FileOwner of(Path file, LinkOption... options) throws IOException {
        Map<String, Object> status = Files.readAttributes(file, "unix:uid,mode,dev,ino", options);
        return new FileOwner(
                (Integer) status.get("uid"),
                (Integer) status.get("mode"),
                (Long) status.get("dev"),
                (Long) status.get("ino"));
    }

    /**
     * Refuses a folder in which another user can replace a file.
     *
     * @return its owner: this process's user, or root
     * @throws IOException that says why, and what to do; NoSuchFileException when it is missing
     */
    public static FileOwner requireFolder(Path folder) throws IOException {
        FileOwner owner = of(folder);
        if (owner.isLink()) {
            throw refused(folder, "is a symbolic link: put the folder itself there");
        }
        if (!owner.isFolder()) {
            throw refused(folder, "is no folder: remove it");
        }
        if (!owner.isOursOrRoots()) {
            throw refused(folder, "belongs to " + nameOf(folder) + ", " + owner.advice(folder));
        }
        if (owner.isWritableByOthers() && (owner.mode & STICKY) == 0) {
            throw refused(folder, "is writable by other users: chmod go-w " + folder);
        }
        return owner;
    }

    /**
     * Refuses what is no regular file of this process's own user, or is writable by others.
     *
     * @param file only for the message
     */
    public void requireOwnFile(Path file) throws IOException {
        if ((mode & TYPE) != REGULAR) {
            throw refused(file, "is no regular file: remove it");
        }
        if (uid != Libc.geteuid()) {
            throw refused(file, "belongs to " + nameOf(file) + ", " + advice(file));
        }
        if (isWritableByOthers()) {
            throw refused(file, "is writable by other users: remove it");
        }
    }

    private String advice(Path file) {
        boolean root = Libc.geteuid() == 0;
        return "and only %s is trusted here: remove it, or chown it, when that user has no use for it"
                .formatted(root ? "root" : "your own user or root");
    }

    private static IOException refused(Path path, String why) {
        return new IOException(path + " " + why);
    }

    /** The name of the user that a file belongs to, or the number where it has none. */
    public static String nameOf(Path file) throws IOException {
        return Files.getOwner(file, LinkOption.NOFOLLOW_LINKS).getName();
    }

    public boolean isOursOrRoots() {
        return uid == 0 || uid == Libc.geteuid();
    }

    public boolean isWritableByOthers() {
        return (mode & WRITABLE_BY_OTHERS) != 0;
    }

    public boolean isFolder() {
        return (mode & TYPE) == FOLDER;
    }

    public boolean isLink() {
        return (mode & TYPE) == LINK;
    }

    public boolean isSocket() {
        return (mode & TYPE) == SOCKET;
    }

    public boolean isSameFile(FileOwner other) {
        return device == other.device && inode == other.inode;
    }
}
