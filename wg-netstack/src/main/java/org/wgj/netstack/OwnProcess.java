// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Tells whether the client of a connection over 127.0.0.1 is this process, as the kernel knows it:
 * /proc/self/net/tcp names the client's socket by its inode, and /proc/self/fd has that inode only
 * if the socket is ours. On other systems than Linux the answer is always no.
 *
 * <p>{@link java.net.http.HttpClient} cannot be given credentials for a proxy without a header on
 * each request; so its connections are known by this.
 */
final class OwnProcess {
    private static final Path SELF = Path.of("/proc/self");
    private static final List<String> TABLES = List.of("net/tcp", "net/tcp6");

    /** 127.0.0.1 at the end of an IPv4 or a mapped IPv6 address, as the kernel writes it. */
    private static final String LOOPBACK = "0100007F:";

    private static final int LOCAL = 1;
    private static final int REMOTE = 2;
    private static final int INODE = 9;

    private OwnProcess() {}

    /**
     * Looks for the client's socket.
     *
     * @param client where the connection comes from, on 127.0.0.1
     * @param serverPort the port that it was made to, on 127.0.0.1
     * @return false if it belongs to another process, or that cannot be known
     */
    static boolean has(InetSocketAddress client, int serverPort) {
        if (!client.getAddress().getHostAddress().equals("127.0.0.1")) {
            return false;
        }
        try {
            for (String table : TABLES) {
                String inode = inode(SELF.resolve(table), client.getPort(), serverPort);
                if (inode != null) {
                    return holds(inode);
                }
            }
            return false;
        } catch (IOException e) {
            return false; // no /proc: not Linux, or not mounted
        }
    }

    private static String inode(Path table, int clientPort, int serverPort) throws IOException {
        if (!Files.exists(table)) {
            return null; // no IPv6
        }
        String local = LOOPBACK + hex(clientPort);
        String remote = LOOPBACK + hex(serverPort);
        for (String line : Files.readAllLines(table)) {
            String[] columns = line.strip().split("\\s+");
            if (columns.length > INODE
                    && columns[LOCAL].endsWith(local)
                    && columns[REMOTE].endsWith(remote)) {
                return columns[INODE];
            }
        }
        return null;
    }

    private static String hex(int port) {
        return String.format(Locale.ROOT, "%04X", port);
    }

    private static boolean holds(String inode) throws IOException {
        String wanted = "socket:[" + inode + "]";
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(SELF.resolve("fd"))) {
            for (Path descriptor : descriptors) {
                try {
                    if (Files.readSymbolicLink(descriptor).toString().equals(wanted)) {
                        return true;
                    }
                } catch (IOException e) {
                    // closed meanwhile
                }
            }
        }
        return false;
    }
}
