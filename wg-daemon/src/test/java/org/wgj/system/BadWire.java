// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Random;

/**
 * A process on the way between two peers that passes their datagrams on, badly: the kernels of test
 * machines may lack netem. Each is lost, doubled and held back by chance, so that they overtake one
 * another. It ends with its standard input.
 *
 * <p>Arguments: the seed; per cent lost and doubled; least and most milliseconds of delay; then for
 * each side the port here and the address and port there. Each datagram to one side's port leaves
 * by the other's. It says {@code ready} when it passes on.
 *
 * <p>A line {@code lost doubled delay most} on standard input changes its ways. After the line
 * {@code meet} it takes nothing until both sides have sent something, so that their messages cross,
 * and says how many milliseconds passed from then to the first transport message. It says {@code
 * changed} after either line.
 */
final class BadWire {
    private static final int LONGEST = 65_535;
    private static final byte TRANSPORT = 4;

    private record Late(long atNs, long order, Side to, byte[] bytes) {}

    private record Ways(int lost, int doubled, int leastMs, int mostMs) {
        static Ways of(String[] words, int from) {
            return new Ways(
                    Integer.parseInt(words[from]),
                    Integer.parseInt(words[from + 1]),
                    Integer.parseInt(words[from + 2]),
                    Integer.parseInt(words[from + 3]));
        }
    }

    /** A socket towards one of the two. */
    private static final class Side {
        final DatagramChannel channel = DatagramChannel.open();
        final InetSocketAddress there;

        Side(String[] words, int from) throws IOException {
            channel.configureBlocking(false);
            channel.bind(new InetSocketAddress(Integer.parseInt(words[from])));
            there =
                    new InetSocketAddress(
                            InetAddress.ofLiteral(words[from + 1]),
                            Integer.parseInt(words[from + 2]));
        }
    }

    private final Random random;
    private final PriorityQueue<Late> late =
            new PriorityQueue<>(
                    Comparator.comparingLong(Late::atNs).thenComparingLong(Late::order));
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(LONGEST);
    private volatile Ways ways;
    private volatile boolean meeting;
    private long metNs; // 0 unless a transport message is awaited
    private long order;

    private BadWire(long seed, Ways ways) {
        random = new Random(seed);
        this.ways = ways;
    }

    public static void main(String[] words) throws IOException, InterruptedException {
        BadWire wire = new BadWire(Long.parseLong(words[0]), Ways.of(words, 1));
        Side left = new Side(words, 5);
        Side right = new Side(words, 8);
        Thread.ofPlatform().daemon().start(wire::listen);
        System.out.println("ready");
        wire.carry(left, right);
    }

    /** Does what the lines of standard input say. */
    private void listen() {
        try {
            BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, UTF_8));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.equals("meet")) {
                    meeting = true;
                } else {
                    ways = Ways.of(line.split(" "), 0);
                }
                System.out.println("changed");
            }
        } catch (IOException e) {
            // as if it had ended
        }
        System.exit(0);
    }

    private void carry(Side left, Side right) throws IOException, InterruptedException {
        try (Selector selector = Selector.open()) {
            left.channel.register(selector, SelectionKey.OP_READ, right);
            right.channel.register(selector, SelectionKey.OP_READ, left);
            while (true) {
                long waitMs =
                        late.isEmpty()
                                ? 0
                                : Math.max(1, (late.peek().atNs() - System.nanoTime()) / 1_000_000);
                selector.select(waitMs);
                if (meeting && selector.selectedKeys().size() == 2) {
                    meeting = false;
                    metNs = System.nanoTime();
                }
                if (meeting) {
                    Thread.sleep(1); // what has come stays in its socket: select does not wait
                } else {
                    for (SelectionKey key : selector.selectedKeys()) {
                        take((DatagramChannel) key.channel(), (Side) key.attachment());
                    }
                }
                selector.selectedKeys().clear();
                passOn();
            }
        }
    }

    private void take(DatagramChannel from, Side to) throws IOException {
        for (buffer.clear(); from.receive(buffer) != null; buffer.clear()) {
            byte[] bytes = new byte[buffer.flip().remaining()];
            buffer.get(bytes);
            if (metNs != 0 && bytes[0] == TRANSPORT) {
                System.out.println((System.nanoTime() - metNs) / 1_000_000);
                metNs = 0;
            }
            if (random.nextInt(100) >= ways.lost()) {
                hold(to, bytes);
                if (random.nextInt(100) < ways.doubled()) {
                    hold(to, bytes);
                }
            }
        }
    }

    private void hold(Side to, byte[] bytes) {
        int ms = random.nextInt(ways.leastMs(), ways.mostMs() + 1);
        late.add(new Late(System.nanoTime() + ms * 1_000_000L, order++, to, bytes));
    }

    private void passOn() {
        while (!late.isEmpty() && late.peek().atNs() <= System.nanoTime()) {
            Late next = late.poll();
            try {
                next.to().channel.send(ByteBuffer.wrap(next.bytes()), next.to().there);
            } catch (IOException e) {
                // The receiver is missing or has no room: the datagram is lost, as on any wire.
            }
        }
    }
}
