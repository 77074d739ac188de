// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.serve;

import io.netty.channel.Channel;
import io.netty.channel.socket.nio.NioChannelOption;

import jdk.net.ExtendedSocketOptions;
import jdk.net.UnixDomainPrincipal;

import org.wgj.coordinator.admin.AdminSocket;
import org.wgj.coordinator.api.Caller;
import org.wgj.coordinator.api.HttpLimits;
import org.wgj.coordinator.api.HttpListener;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.util.Optional;

/** The Unix socket. It serves its own user and root; the system tells the user of a connection. */
final class AdminListener implements HttpListener {
    private static final String ROOT = "root";

    private final Path socket;

    /**
     * @param socket the socket's path
     */
    AdminListener(Path socket) {
        this.socket = socket;
    }

    @Override
    public HttpLimits limits() {
        return HttpLimits.ADMINS;
    }

    @Override
    public Optional<Caller> caller(Channel channel) {
        UnixDomainPrincipal peer =
                channel.config().getOption(NioChannelOption.of(ExtendedSocketOptions.SO_PEERCRED));
        if (peer == null) {
            return Optional.empty();
        }
        String name = peer.user().getName();
        try {
            UserPrincipal own = Files.getOwner(socket);
            return peer.user().equals(own) || name.equals(ROOT)
                    ? Optional.of(new Caller(Caller.Kind.ADMIN, 0, name))
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.empty(); // the socket was deleted, so no more callers can come
        }
    }

    @Override
    public Object source(Channel channel) {
        return socket;
    }

    /**
     * A file has no name that could be resolved. But somebody may forward a port of their machine
     * to it, and a foreign page may have its own name resolved to that port.
     */
    @Override
    public boolean isOwnHost(String host) {
        return host.isEmpty() || host.equals(AdminSocket.HOST) || HostHeader.isLoopback(host);
    }
}
