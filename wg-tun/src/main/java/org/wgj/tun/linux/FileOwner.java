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
 * user, the name can lead anywhere, also through a link. It trusts a folder that belongs to its own
 * user or to root and in which no other user can replace a file. In such a folder, paths are as
 * safe as descriptors. The caller chooses the folders above.
 *
 * @param uid the user's number
 * @param mode type and permissions (inode(7))
 * @param device the file system's number
 * @param inode the file's number in its file system
 */
public record FileOwner(int uid, int mode, long device, long inode) {
    private static final int TYPE = 0170000; // S_IFMT, inode(7)
    private static final int FOLDER = 0040000;
    private static final int REGULAR = 0100000;
    private static final int LINK = 0120000;
    private static final int SOCKET = 0140000;
    private static final int STICKY = 01000;
    private static final int WRITABLE_BY_OTHERS = 0022;

    /**
     * Looks at a file; at a link itself, not at its target.
     *
     * @param file the file
     * @return its owner and kind
     * @throws IOException if it cannot be looked at
     */
    public static FileOwner of(Path file) throws IOException {
        return of(file, LinkOption.NOFOLLOW_LINKS);
    }

    /**
     * Looks at an open file.
     *
     * @param fd the file's descriptor
     * @return its owner and kind
     * @throws IOException if it cannot be looked at
     */
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
     * @param folder the folder
     * @return its owner: this process's user, or root
     * @throws IOException saying why, and what to do; NoSuchFileException if the folder is missing
     */
    public static FileOwner requireFolder(Path folder) throws IOException {
        FileOwner owner = of(folder);
        if (owner.isLink()) {
            throw refused(folder, "is a symbolic link: replace it by a folder");
        }
        if (!owner.isFolder()) {
            throw refused(folder, "is not a folder: remove it");
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
     * Refuses anything but a regular file that belongs to this process's user and that others
     * cannot write.
     *
     * @param file its name, for the message
     * @throws IOException saying why, and what to do
     */
    public void requireOwnFile(Path file) throws IOException {
        if ((mode & TYPE) != REGULAR) {
            throw refused(file, "is not a regular file: remove it");
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
        return "and only %s is trusted here: remove it, or chown it if that user does not need it"
                .formatted(root ? "root" : "your own user or root");
    }

    private static IOException refused(Path path, String why) {
        return new IOException(path + " " + why);
    }

    /**
     * Returns the name of the user that a file belongs to, or the number if the user has no name.
     *
     * @param file the file
     * @return the name
     * @throws IOException if the file cannot be looked at
     */
    public static String nameOf(Path file) throws IOException {
        return Files.getOwner(file, LinkOption.NOFOLLOW_LINKS).getName();
    }

    /**
     * Returns whether the file belongs to this process's user or to root.
     *
     * @return whether the file belongs to this process's user or to root
     */
    public boolean isOursOrRoots() {
        return uid == 0 || uid == Libc.geteuid();
    }

    /**
     * Returns whether users other than the owner can write the file.
     *
     * @return whether users other than the owner can write the file
     */
    public boolean isWritableByOthers() {
        return (mode & WRITABLE_BY_OTHERS) != 0;
    }

    /**
     * Returns whether the file is a folder.
     *
     * @return whether the file is a folder
     */
    public boolean isFolder() {
        return (mode & TYPE) == FOLDER;
    }

    /**
     * Returns whether the file is a symbolic link.
     *
     * @return whether the file is a symbolic link
     */
    public boolean isLink() {
        return (mode & TYPE) == LINK;
    }

    /**
     * Returns whether the file is a socket.
     *
     * @return whether the file is a socket
     */
    public boolean isSocket() {
        return (mode & TYPE) == SOCKET;
    }

    /**
     * Returns whether both describe the same file.
     *
     * @param other what was seen before or elsewhere
     * @return true for equal numbers of file system and file
     */
    public boolean isSameFile(FileOwner other) {
        return device == other.device && inode == other.inode;
    }
}
