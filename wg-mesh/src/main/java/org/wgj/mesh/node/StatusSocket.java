// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.mesh.status.MeshStatus;
import org.wgj.mesh.status.NodeStatus;
import org.wgj.mesh.status.SocketLimit;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The socket {@code node.sock} of a running node: a client that connects gets the status as JSON,
 * and the end of the stream. Only the folder's owner can connect.
 */
public final class StatusSocket implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StatusSocket.class);
    private static final int MAX_CLIENTS = 16;
    private static final SocketLimit LIMIT = new SocketLimit(Duration.ofSeconds(10));

    /** The longest path of a Unix socket, sockaddr_un(7). */
    private static final int MAX_PATH = 107;

    private final ServerSocketChannel server;
    private final Path path;
    private final Semaphore clients = new Semaphore(MAX_CLIENTS);
    private final Supplier<CompletableFuture<NodeStatus>> status;

    private StatusSocket(
            ServerSocketChannel server, Path path, Supplier<CompletableFuture<NodeStatus>> status) {
        this.server = server;
        this.path = path;
        this.status = status;
    }

    /**
     * Begins to answer. A socket that a dead process left is replaced: the folder must be claimed.
     *
     * @param folder the node's folder
     * @param status asked for each client
     * @return to be closed at the end
     * @throws IOException if the socket cannot be made
     */
    static StatusSocket open(NodeFolder folder, Supplier<CompletableFuture<NodeStatus>> status)
            throws IOException {
        Path path = folder.socket();
        if (path.toString().length() > MAX_PATH) {
            throw new IOException(
                    path + " is too long for a socket: choose a shorter folder with --state");
        }
        Files.deleteIfExists(path);
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            server.bind(UnixDomainSocketAddress.of(path));
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
        } catch (IOException e) {
            server.close();
            throw e;
        }
        StatusSocket socket = new StatusSocket(server, path, status);
        Thread.ofVirtual().name("node-sock").start(socket::serve);
        return socket;
    }

    private void serve() {
        while (true) {
            try {
                SocketChannel client = server.accept();
                if (clients.tryAcquire()) {
                    Thread.ofVirtual().start(() -> answer(client));
                } else {
                    client.close();
                }
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException e) {
                LOG.warn("{}: {}", path, e.getMessage());
                return;
            }
        }
    }

    private void answer(SocketChannel client) {
        try (client) {
            LIMIT.closesLater(client); // one that does not read must not hold a place for ever
            ByteBuffer json =
                    ByteBuffer.wrap(
                            status.get().get(LIMIT.within().toSeconds(), TimeUnit.SECONDS).write());
            while (json.hasRemaining()) {
                client.write(json);
            }
        } catch (IOException e) {
            LOG.debug("{}: {}", path, e.getMessage());
        } catch (Exception e) {
            LOG.warn("{}: no status: {}", path, e.getMessage());
        } finally {
            clients.release();
        }
    }

    /**
     * Asks a running node.
     *
     * @param folder the node's folder
     * @return its status; empty if the node does not run
     * @throws IOException if it does not answer, or the user may not ask
     */
    public static Optional<NodeStatus> ask(NodeFolder folder) throws IOException {
        Path path = folder.socket();
        if (path.toString().length() > MAX_PATH || !Files.exists(path)) {
            return Optional.empty();
        }
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            LIMIT.closesLater(channel);
            ByteArrayOutputStream json = new ByteArrayOutputStream();
            ByteBuffer buffer = ByteBuffer.allocate(65_536);
            while (channel.read(buffer) >= 0) {
                json.write(buffer.array(), 0, buffer.position());
                buffer.clear();
                if (json.size() > MeshStatus.MAX_BYTES) {
                    throw new IOException(path + ": the status is too long");
                }
            }
            if (json.size() == 0) {
                throw new IOException(path + ": the node did not tell its status");
            }
            return Optional.of(NodeStatus.read(json.toByteArray()));
        } catch (ConnectException | NoSuchFileException e) {
            return Optional.empty();
        } catch (ClosedChannelException e) {
            throw LIMIT.passed(path, "the node", e);
        } catch (IllegalArgumentException e) {
            throw new IOException(path + ": the status cannot be read: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        try {
            server.close();
            Files.deleteIfExists(path);
        } catch (IOException e) {
            LOG.debug("{}: {}", path, e.getMessage());
        }
    }
}
