// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.conformance;

import org.wgj.netstack.emulator.Application;
import org.wgj.netstack.emulator.IcmpErrors;
import org.wgj.netstack.emulator.TcpPacket;
import org.wgj.netstack.emulator.TestStacks;
import org.wgj.netstack.tcp.TcpOptions;
import org.wgj.netstack.tcp.TcpState;
import org.wgj.netstack.wire.IpAddress;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** Plays one case of behaviours.txt line by line; that file explains the lines. */
final class Conversation {
    private static final long MS = 1_000_000L;
    private static final int PEER_MSS = 1460;

    private Subject subject;
    private boolean ipv6;
    private int mtu = TestStacks.MTU;
    private TcpOptions options = TcpOptions.DEFAULT;
    private int irs = 1_000_000;
    private boolean accepting = true;
    private long markNs;
    private long intervalNs;
    private byte[] lastSent = {};
    private int written = 1;
    private int read = 1;

    /** Plays all lines. */
    void play(List<String> lines) {
        for (String line : lines) {
            try {
                play(line);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("at \"" + line + "\": " + e.getMessage(), e);
            }
        }
    }

    private Subject subject() {
        if (subject == null) {
            subject = new Subject(ipv6, mtu);
            subject.options = options;
            subject.flow.irs = irs;
            subject.accepting = accepting;
        }
        return subject;
    }

    private void play(String line) {
        ArrayDeque<String> words = new ArrayDeque<>(Arrays.asList(line.trim().split("\\s+")));
        String verb = words.poll();
        if (verb.equals(">")) {
            expect(words);
            return;
        }
        switch (verb) {
            case "<" -> inject(words);
            case "set" -> set(words);
            case "irs" -> irs = Integer.parseInt(words.poll());
            case "listen" -> subject().listen(16);
            case "unlisten" -> subject().listener.close(now());
            case "connect" -> subject().connect();
            case "open" -> open(words);
            case "write" -> write(Integer.parseInt(words.poll()));
            case "end" -> {
                put(Integer.parseInt(words.poll()));
                subject.connection().shutdownOutput(now());
                subject.peer.drain();
            }
            case "endclose" -> {
                put(Integer.parseInt(words.poll()));
                subject.connection().close(now());
                subject.peer.drain();
            }
            case "read" -> read(Integer.parseInt(words.poll()), true);
            case "readall" -> read(subject.connection().available(), true);
            case "readable" -> {
                equal(Integer.parseInt(words.poll()), subject.connection().available(), "readable");
            }
            case "eof" -> equal(-1, subject.connection().read(new byte[1], 0, 1), "read");
            case "shutdown" -> subject.connection().shutdownOutput(now());
            case "close" -> subject.connection().close(now());
            case "abort" -> subject.connection().abort(now());
            case "state" -> {
                equal(TcpState.valueOf(words.poll()), subject.connection().state(), "state");
            }
            case "error" -> error(words.poll());
            case "noerror" -> equal(false, subject.application.ended, "ended");
            case "accepted" -> {
                equal(Integer.parseInt(words.poll()), subject().accepted.size(), "accepted");
            }
            case "wait" -> {
                subject.peer.advance(Long.parseLong(words.poll()) * MS);
            }
            case "skip" -> {
                subject.peer.advance(Long.parseLong(words.poll()) * MS);
                drop();
            }
            case "timewait" -> equal(true, subject.answersRepeatedFin(), "still in TIME-WAIT");
            case "quiet" -> quiet();
            case "fill" -> fill();
            case "icmp" -> icmp(words);
            default -> throw new IllegalArgumentException("unknown line");
        }
        if (subject != null) {
            markNs = now();
        }
    }

    private long now() {
        return subject.peer.nowNs();
    }

    private void drop() {
        while (subject.next() != null) {
            // forget what was sent while time passed
        }
    }

    private static void equal(Object expected, Object actual, String what) {
        if (!Objects.equals(expected, actual)) {
            throw new AssertionError(what + ": expected " + expected + ", but was " + actual);
        }
    }

    private void error(String name) {
        equal(true, subject.application.ended, "ended");
        equal(name, String.valueOf(subject.application.failure), "failure");
    }

    private void set(ArrayDeque<String> words) {
        switch (words.poll()) {
            case "ipv6" -> ipv6 = true;
            case "mtu" -> mtu = number(words);
            case "nodelay" -> options = options.withNoDelay(true);
            case "noaccept" -> accepting = false;
            case "rcvbuf" -> {
                options = options.withBuffers(number(words), options.sendBuffer());
            }
            case "usertimeout" -> options = options.withUserTimeout(number(words) * MS);
            case "linger" -> options = options.withLinger(number(words));
            case "tclass" -> options = options.withTrafficClass(number(words));
            case "keepalive" -> {
                options = options.withKeepAlive(true, number(words), number(words), number(words));
            }
            default -> throw new IllegalArgumentException("unknown setting");
        }
        if (subject != null) {
            subject.options = options;
            if (subject.application != null) {
                subject.connection().setOptions(options, now());
            }
        }
    }

    private static int number(ArrayDeque<String> words) {
        return Integer.parseInt(words.poll());
    }

    private void open(ArrayDeque<String> words) {
        boolean active = words.poll().equals("active");
        Subject s = subject();
        TcpPacket syn;
        if (active) {
            s.connect();
            take();
            syn = s.flow.segment("SA", 0, 1, 0);
        } else {
            s.listen(16);
            syn = s.flow.segment("S", 0, 0, 0);
        }
        syn.mss = PEER_MSS;
        syn.sackPermitted = true;
        apply(syn, words);
        s.flow.window = syn.window;
        s.send(syn);
        take();
        if (!active) {
            TcpPacket ack = s.flow.segment("A", 1, 1, 0);
            copyTimestamps(ack, syn.timestamps, syn.tsVal);
            s.send(ack);
            drop();
            equal(1, s.accepted.size(), "accepted");
        }
        s.una = 1;
        peerTs = syn.timestamps ? syn.tsVal : -1;
    }

    private int peerTs = -1;

    private void copyTimestamps(TcpPacket segment, boolean on, int value) {
        if (on) {
            segment.timestamps = true;
            segment.tsVal = value;
            segment.tsEcr = subject.lastTsVal;
        }
    }

    private TcpPacket take() {
        TcpPacket segment = subject.next();
        if (segment == null) {
            throw new AssertionError("nothing was sent");
        }
        lastSent = segment.toBytes();
        return segment;
    }

    private int symbol(String text) {
        int at = 0;
        int value = 0;
        String rest = text;
        String[] names = {"UNA", "NXT", "RCV", "WND"};
        int[] values = {subject().una, subject().nxt, subject().rcv, subject().wnd};
        while (!rest.isEmpty()) {
            int sign = 1;
            if (rest.startsWith("+") || rest.startsWith("-")) {
                sign = rest.startsWith("-") ? -1 : 1;
                rest = rest.substring(1);
            }
            at = 0;
            boolean named = false;
            for (int i = 0; i < names.length && !named; i++) {
                if (rest.startsWith(names[i])) {
                    value += sign * values[i];
                    at = 3;
                    named = true;
                }
            }
            while (!named && at < rest.length() && Character.isDigit(rest.charAt(at))) {
                at++;
            }
            if (at == 0) {
                throw new IllegalArgumentException("number " + text);
            }
            if (!named) {
                value += sign * Integer.parseInt(rest.substring(0, at));
            }
            rest = rest.substring(at);
        }
        return value;
    }

    private void inject(ArrayDeque<String> words) {
        String flags = words.poll().replace("-", "");
        String[] range = words.poll().split(":");
        int ack = 0;
        if (!words.isEmpty() && words.peek().matches("a[-A-Z0-9].*")) {
            ack = symbol(words.poll().substring(1));
        }
        Subject s = subject();
        TcpPacket segment =
                s.flow.segment(flags, symbol(range[0]), ack, Integer.parseInt(range[1]));
        copyTimestamps(segment, peerTs >= 0, peerTs);
        apply(segment, words);
        s.send(segment);
    }

    private void apply(TcpPacket segment, ArrayDeque<String> words) {
        while (!words.isEmpty()) {
            switch (words.poll()) {
                case "win" -> segment.window = number(words);
                case "mss" -> {
                    String value = words.poll();
                    segment.mss = value.equals("-") ? -1 : Integer.parseInt(value);
                }
                case "ws" -> segment.windowScale = number(words);
                case "sackok" -> segment.sackPermitted = true;
                case "nosackok" -> segment.sackPermitted = false;
                case "ts" -> copyTimestamps(segment, true, number(words));
                case "urg" -> segment.urgent = number(words);
                case "sack" -> segment.sack = blocks(words.poll(), subject.flow.iss);
                default -> throw new IllegalArgumentException("unknown field");
            }
        }
    }

    private int[] blocks(String text, int base) {
        List<Integer> edges = new ArrayList<>();
        for (String block : text.split(",")) {
            int dash = split(block);
            edges.add(base + symbol(block.substring(0, dash)));
            edges.add(base + symbol(block.substring(dash + 1)));
        }
        return edges.stream().mapToInt(Integer::intValue).toArray();
    }

    /** The dash between the edges: the last one that a number or name follows as a whole edge. */
    private static int split(String block) {
        int named = block.lastIndexOf("-RCV");
        return named > 0 ? named : block.indexOf('-', 1);
    }

    private void expect(ArrayDeque<String> words) {
        if (words.peek().equals("none")) {
            words.poll();
            if (words.isEmpty()) {
                subject().peer.expectNothing();
            } else {
                subject().peer.expectNothing();
                subject.peer.advance(number(words) * MS);
                subject.peer.expectNothing();
            }
            markNs = now();
            return;
        }
        List<String> fields = new ArrayList<>(words);
        String time = null;
        boolean remember = fields.remove("interval");
        for (String field : fields) {
            if (field.startsWith("@")) {
                time = field.substring(1);
            }
        }
        if (time == null) {
            match(take(), fields);
            return;
        }
        fields.remove("@" + time);
        long from;
        long to;
        if (time.equals("double")) {
            from = intervalNs * 2 - 5 * MS;
            to = intervalNs * 2 + 5 * MS;
            remember = true;
        } else {
            String[] bounds = time.split("\\.\\.");
            from = Long.parseLong(bounds[0]) * MS;
            to = Long.parseLong(bounds[1]) * MS;
        }
        long began = markNs;
        TcpPacket segment = subject.next();
        while (segment == null) {
            long left = began + to - now();
            if (left <= 0) {
                throw new AssertionError("nothing was sent in time");
            }
            subject.peer.advance(Math.min(left, MS));
            segment = subject.next();
        }
        lastSent = segment.toBytes();
        long after = now() - began;
        if (after < from) {
            throw new AssertionError("sent already after " + after / 1000 + " us: " + segment);
        }
        match(segment, fields);
        if (remember) {
            intervalNs = after;
        }
        markNs = now();
    }

    private void match(TcpPacket segment, List<String> fields) {
        ArrayDeque<String> words = new ArrayDeque<>(fields);
        List<String> wrong = new ArrayList<>();
        int iss = subject.flow.iss;
        int base = subject.flow.irs;
        String flags = words.poll();
        boolean anyAck = flags.endsWith("*");
        flags = flags.replace("*", "");
        int wanted = TcpPacket.flags(flags);
        int ignored = wanted & TcpPacket.PSH ^ TcpPacket.PSH | (anyAck ? TcpPacket.ACK : 0);
        differ(wrong, "flags", true, (segment.flags & ~ignored) == (wanted & ~ignored));
        String position = words.poll();
        if (!position.equals("*")) {
            String[] range = position.split(":");
            differ(wrong, "seq", symbol(range[0]), segment.sequence - iss);
            differ(wrong, "len", Integer.parseInt(range[1]), segment.payload.length);
        }
        for (int i = 0; i < segment.payload.length; i++) {
            if (segment.payload[i] != (byte) (segment.sequence - iss + i)) {
                wrong.add("payload differs at " + i);
                break;
            }
        }
        while (!words.isEmpty()) {
            matchField(segment, words, wrong, base);
        }
        if (!wrong.isEmpty()) {
            throw new AssertionError(
                    String.join(", ", wrong)
                            + "; was seq="
                            + (segment.sequence - iss)
                            + " ack="
                            + (segment.acknowledgment - base)
                            + ": "
                            + segment);
        }
    }

    private void matchField(
            TcpPacket segment, ArrayDeque<String> words, List<String> wrong, int base) {
        String field = words.poll();
        switch (field) {
            case "win" -> differ(wrong, field, number(words), segment.window);
            case "mss" -> differ(wrong, field, number(words), segment.mss);
            case "ws" -> {
                words.poll();
                differ(wrong, field, true, segment.windowScale >= 0);
            }
            case "nows" -> differ(wrong, field, -1, segment.windowScale);
            case "sackok" -> differ(wrong, field, true, segment.sackPermitted);
            case "nosackok" -> differ(wrong, field, false, segment.sackPermitted);
            case "ts" -> differ(wrong, field, true, segment.timestamps);
            case "nots" -> differ(wrong, field, false, segment.timestamps);
            case "tsecr" -> differ(wrong, field, number(words), segment.tsEcr);
            case "tclass" -> differ(wrong, field, number(words), segment.trafficClass);
            case "nopsh" -> differ(wrong, field, false, segment.has(TcpPacket.PSH));
            case "nosack" -> differ(wrong, field, 0, segment.sack.length);
            case "sack" -> {
                int[] expected = blocks(words.poll(), base);
                if (!Arrays.equals(expected, segment.sack)) {
                    wrong.add("sack differs: " + relative(segment.sack, base));
                }
            }
            default -> {
                if (field.startsWith("win>")) {
                    int least = Integer.parseInt(field.substring(4));
                    differ(wrong, field, true, segment.window > least);
                } else if (field.matches("a[-A-Z0-9].*")) {
                    differ(wrong, "ack", symbol(field.substring(1)), segment.acknowledgment - base);
                } else {
                    throw new IllegalArgumentException("unknown field " + field);
                }
            }
        }
    }

    private static String relative(int[] edges, int base) {
        return Arrays.toString(Arrays.stream(edges).map(edge -> edge - base).toArray());
    }

    private static void differ(List<String> wrong, String what, Object expected, Object actual) {
        if (!Objects.equals(expected, actual)) {
            wrong.add(what + " should be " + expected + " but is " + actual);
        }
    }

    private void write(int length) {
        put(length);
        subject.peer.drain();
    }

    private void put(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (written + i);
        }
        equal(length, subject.connection().write(bytes, 0, length), "write");
        written += length;
        subject.connection().wrote(now());
    }

    private void read(int length, boolean tell) {
        byte[] bytes = new byte[length + 1];
        int got = length == 0 ? 0 : subject.connection().read(bytes, 0, length);
        equal(length, got, "read");
        for (int i = 0; i < length; i++) {
            if (bytes[i] != (byte) (read + i)) {
                throw new AssertionError("byte " + (read + i) + " differs");
            }
        }
        read += length;
        if (tell) {
            subject.connection().consumed(now());
            subject.peer.drain();
        }
    }

    /** Exchanges enough for the stack to leave its first phase of immediate acknowledgments. */
    private void quiet() {
        for (int i = 0; i < 40; i++) {
            int length = 100;
            subject.send(subject.flow.segment("A", subject.rcv, subject.nxt, length));
            subject.peer.advance(60 * MS);
            drop();
            read(length, true);
            drop();
        }
    }

    /** Sends until the stack's window is closed; the application does not read. */
    private void fill() {
        for (int i = 0; subject.wnd > 0; i++) {
            if (i > 10_000) {
                throw new AssertionError("the window does not close: " + subject.wnd);
            }
            int length = Math.min(subject.wnd, 1000);
            subject.send(subject.flow.segment("A", subject.rcv, subject.nxt, length));
            subject.peer.advance(60 * MS);
            drop();
        }
    }

    private void icmp(ArrayDeque<String> words) {
        int type = number(words);
        int code = number(words);
        int rest = 0;
        if (words.peek().equals("mtu")) {
            words.poll();
            rest = number(words);
        }
        IpAddress from = subject.flow.peer;
        if (words.peek().equals("router")) {
            words.poll();
            from = IpAddress.parse(ipv6 ? "fd00::ff" : "10.0.0.254");
        }
        words.poll();
        TcpPacket quoted = TcpPacket.parse(lastSent, lastSent.length);
        quoted.sequence = subject.flow.iss + symbol(words.poll());
        byte[] bytes = quoted.toBytes();
        subject.peer.inject(
                IcmpErrors.error(from, subject.flow.local, bytes, bytes.length, type, code, rest));
    }

    /** The application of the connection, for a look afterwards. */
    Application application() {
        return subject.application;
    }
}
