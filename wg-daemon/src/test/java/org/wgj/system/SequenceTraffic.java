// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.BitSet;

/**
 * Numbered datagrams at 100 a second. {@code send ADDRESS PORT} sends until its input ends and
 * prints how many; {@code receive PORT} counts until then and prints the longest time without one
 * in ms, how many came twice, the number of the first one, and how many are missing before the last
 * one.
 */
final class SequenceTraffic {
    private static final long INTERVAL_NS = 10_000_000L;

    private static volatile boolean ended;

    private SequenceTraffic() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        Thread.ofPlatform().daemon().start(SequenceTraffic::awaitEnd);
        if (arguments[0].equals("send")) {
            send(InetAddress.ofLiteral(arguments[1]), Integer.parseInt(arguments[2]));
        } else {
            receive(Integer.parseInt(arguments[1]));
        }
    }

    private static void awaitEnd() {
        try {
            while (System.in.read() >= 0) {
                continue;
            }
        } catch (IOException e) {
            // it has ended in another way
        }
        ended = true;
    }

    private static void send(InetAddress to, int port) throws IOException, InterruptedException {
        int number = 0;
        try (DatagramSocket socket = new DatagramSocket()) {
            long next = System.nanoTime();
            while (!ended) {
                byte[] payload = ByteBuffer.allocate(100).putInt(number++).array();
                socket.send(new DatagramPacket(payload, payload.length, to, port));
                next += INTERVAL_NS;
                long pause = next - System.nanoTime();
                if (pause > 0) {
                    Thread.sleep(pause / 1_000_000, (int) (pause % 1_000_000));
                }
            }
        }
        System.out.println("sent " + number);
    }

    private static void receive(int port) throws IOException {
        BitSet seen = new BitSet();
        int twice = 0;
        long longestNs = 0;
        long lastNs = 0;
        try (DatagramSocket socket = new DatagramSocket(port)) {
            System.out.println("ready");
            socket.setSoTimeout(200);
            DatagramPacket packet = new DatagramPacket(new byte[100], 100);
            while (true) {
                try {
                    socket.receive(packet);
                    long nowNs = System.nanoTime();
                    longestNs = Math.max(longestNs, seen.isEmpty() ? 0 : nowNs - lastNs);
                    lastNs = nowNs;
                    int number = ByteBuffer.wrap(packet.getData()).getInt();
                    twice += seen.get(number) ? 1 : 0;
                    seen.set(number);
                } catch (SocketTimeoutException e) {
                    if (ended) {
                        break;
                    }
                }
            }
        }
        for (int from = seen.nextClearBit(0); from < seen.length(); ) {
            int to = seen.nextSetBit(from);
            System.out.println("gap from " + from + " to " + (to - 1));
            from = seen.nextClearBit(to);
        }
        System.out.println(
                "received "
                        + seen.cardinality()
                        + " silent "
                        + longestNs / 1_000_000
                        + " twice "
                        + twice
                        + " first "
                        + Math.max(seen.nextSetBit(0), 0)
                        + " missing "
                        + (seen.length() - seen.cardinality()));
    }
}
