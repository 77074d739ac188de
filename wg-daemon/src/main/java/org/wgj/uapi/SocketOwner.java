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
 * The users whose process may serve an interface, since a client hands it keys and believes what it
 * says: root, the client's own user, or the one user that root named by a link.
 *
 * <p>{@code wgj run --user NAME} has its sockets in a folder of that user's, {@code /run/wgj-UID},
 * and root has put a link to each into the folder where {@code wg} looks. In the user's folder
 * anything may be under the name of the socket; what listens there has to be that user's.
 */
final class SocketOwner {
    private static final Pattern FOLDER_OF_USER = Pattern.compile("wgj-\\d+");

    private final UserPrincipal named; // null where no link names a user

    private SocketOwner(UserPrincipal named) {
        this.named = named;
    }

    /**
     * Looks before connecting.
     *
     * @throws ErrnoException EACCES when another user could have put anything there
     */
    static SocketOwner of(Path socket) throws IOException {
        try {
            requireFolder(socket.getParent());
            FileOwner owner = FileOwner.of(socket);
            if (!owner.isLink()) {
                return new SocketOwner(null);
            }
            if (!owner.isOursOrRoots()) {
                throw refused(socket, "is a link of " + FileOwner.nameOf(socket) + "'s: remove it");
            }
            return new SocketOwner(user(socket));
        } catch (NoSuchFileException e) {
            return new SocketOwner(null); // connecting will say so
        }
    }

    /** The same check for a folder of sockets. */
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

    /** Whether the file is a link such as {@code run --user} has made for a socket of its user. */
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

    /** The user that a link of root's names, whose folder it leads into. */
    static UserPrincipal user(Path link) throws IOException {
        Path target = link.resolveSibling(Files.readSymbolicLink(link));
        return Files.getOwner(target.getParent(), LinkOption.NOFOLLOW_LINKS);
    }

    /**
     * Looks at the process that listens, as the kernel knows it (SO_PEERCRED, unix(7)).
     *
     * @throws ErrnoException EACCES when it is another user's
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
                    "is served by a process of "
                            + peer.getName()
                            + "'s, which gets no keys: ask as that user");
        }
    }
}
