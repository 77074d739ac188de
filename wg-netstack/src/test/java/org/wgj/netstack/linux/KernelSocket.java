// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.linux;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** An application on the kernel's side, on its own thread: writes a stream, and checks one. */
final class KernelSocket implements AutoCloseable {
    private final ServerSocket server;
    private final long toWrite;
    private final Thread thread;
    private volatile Socket socket;
    volatile long read;
    volatile boolean endRead;
    volatile Throwable failure;
    private volatile boolean closed;

    /** Listens at an address, or connects to it if it is another host's. */
    KernelSocket(LinuxHost host, String address, int port, boolean listen, long toWrite)
            throws Exception {
        this.toWrite = toWrite;
        InetSocketAddress where = new InetSocketAddress(InetAddress.ofLiteral(address), port);
        server = listen ? host.call(() -> bound(where)) : null;
        if (!listen) {
            socket = host.call(KernelSocket::unconnected);
        }
        thread = new Thread(() -> run(where), "kernel socket");
        thread.setDaemon(true);
        thread.start();
    }

    private static Socket unconnected() throws IOException {
        Socket made = new Socket();
        made.setReuseAddress(true); // makes the descriptor now, in the namespace
        return made;
    }

    private static ServerSocket bound(InetSocketAddress where) throws IOException {
        ServerSocket bound = new ServerSocket();
        bound.setReuseAddress(true);
        bound.bind(where);
        return bound;
    }

    private void run(InetSocketAddress where) {
        try {
            if (server != null) {
                socket = server.accept();
            } else {
                socket.connect(where, 20_000);
            }
            Thread writer = new Thread(this::write, "kernel writer");
            writer.setDaemon(true);
            writer.start();
            byte[] bytes = new byte[64 * 1024];
            int count;
            while ((count = socket.getInputStream().read(bytes)) >= 0) {
                for (int i = 0; i < count; i++) {
                    if (bytes[i] != (byte) (read + i)) {
                        throw new AssertionError("byte " + (read + i) + " differs");
                    }
                }
                read += count;
            }
            endRead = true;
            writer.join();
        } catch (Throwable e) {
            if (!closed) {
                failure = e;
            }
        }
    }

    private void write() {
        try {
            byte[] bytes = new byte[64 * 1024];
            for (long written = 0; written < toWrite; ) {
                int length = (int) Math.min(bytes.length, toWrite - written);
                for (int i = 0; i < length; i++) {
                    bytes[i] = (byte) (written + i);
                }
                socket.getOutputStream().write(bytes, 0, length);
                written += length;
            }
            socket.shutdownOutput();
        } catch (IOException e) {
            if (!closed) {
                failure = e;
            }
        }
    }

    @Override
    public void close() throws IOException {
        closed = true;
        if (server != null) {
            server.close();
        }
        Socket open = socket;
        if (open != null) {
            open.close();
        }
    }
}
