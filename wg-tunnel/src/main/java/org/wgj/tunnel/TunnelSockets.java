// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import org.wgj.protocol.PacketBatch;
import org.wgj.tun.linux.Errno;
import org.wgj.tun.linux.ErrnoException;
import org.wgj.tunnel.udp.UdpCounters;
import org.wgj.tunnel.udp.UdpOffloads;
import org.wgj.tunnel.udp.UdpTransport;

import java.io.IOException;
import java.net.BindException;
import java.net.SocketException;
import java.util.OptionalInt;
import java.util.function.Supplier;

/**
 * The life of a tunnel's UDP sockets: they are open while the interface is up, and each change of
 * the port replaces them. Port, mark and counts outlive them.
 *
 * <pre>
 *   CLOSED --up--> OPEN --port--> OPEN (others) --down--> CLOSED
 *      ^            |
 *      +- refused --+  the interface is up but carries nothing; setting the port tries again
 * </pre>
 *
 * <p>Owned by the loop's thread.
 */
final class TunnelSockets implements DeviceEditor.Sockets {
    private final Supplier<UdpTransport> transports;
    private final Runnable renewed;
    private final Runnable closed;

    private UdpTransport udp; // null while closed
    private UdpCounters before = UdpCounters.ZERO; // the counts of the transports that are closed
    private boolean up;
    private int port;
    private int mark;

    /**
     * @param transports makes a transport that is not open yet
     * @param renewed runs after other sockets were opened or the mark was changed
     * @param closed runs after sockets were closed
     */
    TunnelSockets(Supplier<UdpTransport> transports, Runnable renewed, Runnable closed) {
        this.transports = transports;
        this.renewed = renewed;
        this.closed = closed;
    }

    /** The interface is up: opens the port. */
    void up() throws IOException {
        up = true;
        open(port, mark);
    }

    /** The interface is down or the tunnel ends: closes the port. */
    void down() {
        up = false;
        close();
    }

    boolean areOpen() {
        return udp != null;
    }

    /** The port; 0 while the system has not chosen one. */
    int port() {
        return port;
    }

    int mark() {
        return mark;
    }

    /** Returns the counters of all sockets since the tunnel's start. */
    UdpCounters counters() {
        return udp == null ? before : before.plus(udp.counters());
    }

    /** The datagrams that wait for the system to take them, in bytes. */
    long queuedBytes() {
        return udp == null ? 0 : udp.queuedBytes();
    }

    /** The offloads of the open sockets; null while closed. */
    UdpOffloads offloadsOrNull() {
        return udp == null ? null : udp.offloads();
    }

    /** Sends datagrams; they are lost while the sockets are closed. */
    void send(PacketBatch datagrams) {
        if (udp != null) {
            udp.send(datagrams);
        }
    }

    boolean areWritable() {
        return udp == null || udp.isWritable();
    }

    /** {@inheritDoc} Makes no system call for a setting that stays as it is. */
    @Override
    public void change(OptionalInt newPort, OptionalInt newMark) throws IOException {
        int wanted = newMark.orElse(mark);
        if (newPort.isPresent() && !hasPort(newPort.getAsInt())) {
            if (up) {
                open(newPort.getAsInt(), wanted);
            } else {
                port = newPort.getAsInt();
            }
        } else if (wanted != mark && udp != null) {
            try {
                udp.mark(wanted);
            } catch (ErrnoException e) {
                throw portable(e);
            }
        }
        if (wanted != mark) {
            mark = wanted;
            renewed.run();
        }
    }

    private boolean hasPort(int wanted) {
        return wanted == port && (wanted == 0 || udp != null || !up);
    }

    /** Opens the port and then closes the one before, which is kept if that fails. */
    private void open(int wantedPort, int wantedMark) throws IOException {
        UdpTransport opened = transports.get();
        int bound;
        try {
            bound = opened.open(wantedPort, wantedMark);
        } catch (ErrnoException e) {
            opened.close();
            throw portable(e);
        } catch (IOException | RuntimeException | Error e) {
            opened.close();
            throw e;
        }
        close();
        udp = opened;
        port = bound;
        mark = wantedMark;
        renewed.run();
    }

    private void close() {
        if (udp != null) {
            UdpTransport old = udp;
            udp = null;
            before = before.plus(old.counters());
            old.close();
            closed.run();
        }
    }

    /** Makes the exception that the JDK's own sockets would throw; its cause has the errno. */
    private static IOException portable(ErrnoException e) {
        IOException portable =
                switch (e.errno()) {
                    case Errno.EADDRINUSE, Errno.EADDRNOTAVAIL, Errno.EACCES ->
                            new BindException(e.getMessage());
                    default -> new SocketException(e.getMessage());
                };
        portable.initCause(e);
        return portable;
    }
}
