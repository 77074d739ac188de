// SPDX-License-Identifier: Apache-2.0
package org.wgj.proxy;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** Listens at a path, in a folder that only this user may enter, for {@link UnixSocket}s. */
final class UnixServerSocket extends ServerSocket {
    private final Path path;
    private final ServerSocketChannel channel;

    UnixServerSocket(Path path) throws IOException {
        this.path = path;
        channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.bind(UnixDomainSocketAddress.of(path));
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    @Override
    public Socket accept() throws IOException {
        return new UnixSocket(channel.accept());
    }

    @Override
    public boolean isClosed() {
        return !channel.isOpen();
    }

    @Override
    public void close() throws IOException {
        try (channel) {
            Files.deleteIfExists(path);
        }
    }
}
