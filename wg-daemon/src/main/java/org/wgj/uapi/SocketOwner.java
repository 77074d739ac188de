// SPDX-License-Identifier: Apache-2.0
package org.wgj.uapi;

import jdk.net.ExtendedSocketOptions;

import org.wgj.tun.linux.Errno;
import org.wgj.tun.linux.ErrnoException;
import org.wgj.tun.linux.FileOwner;
import org.wgj.tun.linux.Libc;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.util.regex.Pattern;

/**
 * Checks which user's process serves an interface, because a client sends it keys and trusts its
 * replies. Trusted are root, the client's own user, and a user that root named by a link.
 *
 * <p>{@code wgj run --user NAME} has its sockets in a folder that belongs to the user, {@code
 * /run/wgj-UID}. Root has put a link to each into the folder where {@code wg} looks. The user can
 * put anything into that folder, so the listening process must belong to that user.
 */
final class SocketOwner {
    private static final Pattern FOLDER_OF_USER = Pattern.compile("wgj-\\d+");

    private final UserPrincipal named; // null if no link names a user

    private SocketOwner(UserPrincipal named) {
        this.named = named;
    }

    /**
     * Checks the file, before connecting.
     *
     * @throws ErrnoException EACCES if another user could have put the file there
     */
    static SocketOwner of(Path socket) throws IOException {
        try {
            requireFolder(socket.getParent());
            FileOwner owner = FileOwner.of(socket);
            if (!owner.isLink()) {
                return new SocketOwner(null);
            }
            if (!owner.isOursOrRoots()) {
                throw refused(
                        socket,
                        "is a link that belongs to " + FileOwner.nameOf(socket) + ": remove it");
            }
            return new SocketOwner(user(socket));
        } catch (NoSuchFileException e) {
            return new SocketOwner(null); // connect(2) will fail and say so
        }
    }

    /** Checks a folder of sockets in the same way. */
    static void requireFolder(Path folder) throws IOException {
        try {
            FileOwner.requireFolder(folder);
        } catch (NoSuchFileException e) {
            throw e;
        } catch (IOException e) {
            throw new ErrnoException("not trusted", Errno.EACCES, e.getMessage());
        }
    }

    private static UserPrincipal user(int uid) throws IOException {
        return FileSystems.getDefault()
                .getUserPrincipalLookupService()
                .lookupPrincipalByName(Integer.toString(uid));
    }

    private static ErrnoException refused(Path socket, String why) {
        return new ErrnoException(socket.toString(), Errno.EACCES, why);
    }

    /**
     * Returns whether the file is a link as {@code run --user} creates it for a socket of its user.
     */
    static boolean isLinkToUser(Path socket) throws IOException {
        if (!Files.isSymbolicLink(socket)) {
            return false;
        }
        Path target = Files.readSymbolicLink(socket);
        return target.getNameCount() > 1
                && target.isAbsolute()
                && target.endsWith(socket.getFileName())
                && FOLDER_OF_USER.matcher(target.getParent().getFileName().toString()).matches();
    }

    /** Returns the user that a link names: the owner of the folder that it points into. */
    static UserPrincipal user(Path link) throws IOException {
        Path target = link.resolveSibling(Files.readSymbolicLink(link));
        return Files.getOwner(target.getParent(), LinkOption.NOFOLLOW_LINKS);
    }

    /**
     * Checks the user of the listening process, as the kernel knows it (SO_PEERCRED, unix(7)).
     *
     * @throws ErrnoException EACCES if that is another user
     */
    void check(Path socket, SocketChannel connected) throws IOException {
        UserPrincipal peer = connected.getOption(ExtendedSocketOptions.SO_PEERCRED).user();
        boolean trusted =
                named != null
                        ? peer.equals(named)
                        : peer.equals(user(0)) || peer.equals(user(Libc.geteuid()));
        if (!trusted) {
            throw refused(
                    socket,
                    "is served by a process of user "
                            + peer.getName()
                            + ", which is not trusted with keys: ask as that user");
        }
    }
}
