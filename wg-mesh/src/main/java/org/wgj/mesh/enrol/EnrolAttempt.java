// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.enrol;

import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.netstack.TunnelNet;
import org.wgj.protocol.IpPrefix;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Asks one coordinator at one address: sends the request after 0, 0.25, 0.75, 1.75 s and so on
 * until the answer comes. Until the tunnel has a session, it also asks for one each second or two,
 * since WireGuard itself waits 5 s after a lost message.
 */
final class EnrolAttempt {
    private static final IpPrefix COORDINATOR = IpPrefix.of(EnrolPackets.COORDINATOR, 128);
    private static final int FIRST_WAIT_MS = 250;
    private static final int LONGEST_WAIT_MS = 2_000;
    private static final int BUSY_WAIT_MS = 1_000;

    private final PrivateKey token;
    private final PublicKey coordinator;
    private final InetSocketAddress endpoint;
    private final byte[] request;
    private final long endNs;

    EnrolAttempt(
            PrivateKey token,
            PublicKey coordinator,
            InetSocketAddress endpoint,
            byte[] request,
            long endNs) {
        this.token = token;
        this.coordinator = coordinator;
        this.endpoint = endpoint;
        this.request = request;
        this.endNs = endNs;
    }

    /**
     * Blocks until an answer comes, the time is over, or the thread is interrupted, and then until
     * the tunnel is closed.
     *
     * @param answered gets the answer before the tunnel is closed, and before that each answer that
     *     the coordinator is {@link EnrolAnswer.Reason#BUSY}
     * @throws IOException if there is no other answer
     */
    void ask(Consumer<EnrolAnswer> answered) throws IOException {
        try (TunnelNet net = open();
                DatagramSocket socket = net.datagram(0)) {
            answered.accept(ask(net, socket, answered));
        } catch (IllegalStateException e) {
            if (Thread.currentThread().isInterrupted()) {
                throw new IOException("given up", e); // the token's key may be wiped by now
            }
            throw e;
        }
    }

    private TunnelNet open() throws IOException {
        return TunnelNet.builder()
                .name("wgj-enrol")
                .address(EnrolPackets.NODE)
                .mtu(EnrolPackets.MTU)
                .tunnel(
                        builder ->
                                builder.privateKey(token)
                                        .peer(
                                                coordinator,
                                                peer ->
                                                        peer.endpoint(endpoint)
                                                                .allowedIp(COORDINATOR)))
                .open();
    }

    private EnrolAnswer ask(
            TunnelNet net, DatagramSocket socket, Consumer<EnrolAnswer> answeredBusy)
            throws IOException {
        InetSocketAddress to = new InetSocketAddress(EnrolPackets.COORDINATOR, EnrolPackets.PORT);
        boolean busy = false;
        int waitMs = FIRST_WAIT_MS;
        while (!Thread.currentThread().isInterrupted()) {
            socket.send(new DatagramPacket(request, request.length, to));
            Optional<EnrolAnswer> answer = receive(socket, waitMs);
            if (answer.isPresent()) {
                if (answer.get().reasonOrNull() != EnrolAnswer.Reason.BUSY) {
                    return answer.get();
                }
                busy = true;
                answeredBusy.accept(answer.get());
                waitMs = BUSY_WAIT_MS;
                pause(waitMs);
            } else if (!busy) {
                waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS);
                SessionAsking.again(net, coordinator).join();
            }
            if (System.nanoTime() - endNs >= 0) {
                break;
            }
        }
        throw SessionAsking.hasSession(net).join()
                ? new SilentException()
                : new SocketTimeoutException("nothing comes back by UDP");
    }

    /** The coordinator runs, is reached and knows the token, but answers no request. */
    static final class SilentException extends IOException {
        private static final long serialVersionUID = 1L;

        private SilentException() {
            super("the tunnel is open, but nothing answers in it");
        }
    }

    private static void pause(int ms) {
        try {
            Thread.sleep(ms);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Optional<EnrolAnswer> receive(DatagramSocket socket, int waitMs) throws IOException {
        long leftMs = TimeUnit.NANOSECONDS.toMillis(endNs - System.nanoTime());
        socket.setSoTimeout((int) Math.max(Math.min(waitMs, leftMs), 1));
        byte[] bytes = new byte[EnrolJson.MAX_BYTES + 1];
        DatagramPacket packet = new DatagramPacket(bytes, bytes.length);
        try {
            socket.receive(packet);
        } catch (SocketTimeoutException e) {
            return Optional.empty();
        }
        byte[] answer = new byte[packet.getLength()];
        System.arraycopy(bytes, 0, answer, 0, answer.length);
        try {
            return Optional.of(EnrolJson.readAnswer(answer));
        } catch (IllegalArgumentException e) {
            throw new IOException("its answer cannot be understood: " + e.getMessage(), e);
        }
    }

    @Override
    public String toString() {
        return endpoint.getAddress().getHostAddress() + " port " + endpoint.getPort();
    }
}
