// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.conformance;

import org.wgj.netstack.emulator.TcpPacket;
import org.wgj.netstack.tcp.TcpState;

import java.util.Map;
import java.util.Objects;

/** Plays one row of segments.tsv: one segment arrives in one state. */
final class SegmentRow {
    private static final long MS = 1_000_000L;

    private final Map<String, String> row;
    private final Subject subject = new Subject(false);
    private TcpPacket segment;

    SegmentRow(Map<String, String> row) {
        this.row = row;
    }

    void play() {
        reach(row.get("state"));
        segment =
                subject.flow.segment(
                        row.get("flags"),
                        number(row.get("seq")),
                        row.get("ack").equals("-") ? 0 : number(row.get("ack")),
                        Integer.parseInt(row.get("length")));
        if (row.get("options").equals("yes")) {
            segment.mss = 1460;
            segment.sackPermitted = true;
        }
        int nxt = subject.nxt;
        int rcv = subject.rcv;
        subject.send(segment);
        TcpPacket reply = subject.next();
        AssertionError wrong = null;
        for (String alternative : row.get("reply").split(" \\| ")) {
            try {
                checkReply(alternative, reply, nxt, rcv);
                wrong = null;
                break;
            } catch (AssertionError e) {
                wrong = e;
            }
        }
        if (wrong != null) {
            throw wrong;
        }
        TcpPacket more = subject.next();
        if (more != null && row.get("state").equals("SYN-SENT") && reply.has(TcpPacket.RST)) {
            must(more, "S"); // the SYN may be repeated at once: the peer was in TIME-WAIT
            more = subject.next();
        }
        same(null, more, "second reply");
        checkAfter(reply);
    }

    private int number(String text) {
        String[] parts = text.split("(?=[+-])");
        int value = 0;
        for (String part : parts) {
            String name = part.replace("+", "").replace("-", "");
            int term =
                    switch (name) {
                        case "UNA" -> subject.una;
                        case "NXT" -> subject.nxt;
                        case "RCV" -> subject.rcv;
                        case "WND" -> subject.wnd;
                        case "IRS" -> 0;
                        default -> Integer.parseInt(name);
                    };
            value += part.startsWith("-") ? -term : term;
        }
        return value;
    }

    private void reach(String state) {
        String open = row.get("open");
        if (state.equals("CLOSED") || state.equals("LISTEN")) {
            subject.flow.irs = 0;
            if (state.equals("LISTEN")) {
                subject.listen(16);
            }
            return;
        }
        switch (open) {
            case "active" -> {
                subject.connect();
                must(subject.next(), "S");
                if (state.equals("SYN-SENT")) {
                    return;
                }
                sendSyn("SA", 1);
                must(subject.next(), "A");
            }
            case "simultaneous" -> {
                subject.connect();
                must(subject.next(), "S");
                sendSyn("S", 0);
                must(subject.next(), "SA");
                return;
            }
            case "passive" -> {
                subject.listen(16);
                sendSyn("S", 0);
                must(subject.next(), "SA");
                if (state.equals("SYN-RCVD")) {
                    return;
                }
                subject.send(subject.flow.segment("A", 1, 1, 0));
            }
            default -> throw new IllegalArgumentException(open);
        }
        subject.una = 1;
        subject.peer.expectNothing();
        same(TcpState.ESTABLISHED, subject.connection().state(), "state");
        switch (state) {
            case "ESTABLISHED" -> {}
            case "CLOSE-WAIT" -> peerFin(1);
            case "LAST-ACK" -> {
                peerFin(1);
                shutdown();
            }
            case "FIN-WAIT-1" -> shutdown();
            case "FIN-WAIT-2" -> {
                shutdown();
                subject.send(subject.flow.segment("A", 1, 2, 0));
                subject.una = 2;
            }
            case "CLOSING" -> {
                shutdown();
                peerFin(1);
            }
            case "TIME-WAIT" -> {
                shutdown();
                peerFin(2);
                subject.una = 2;
                return;
            }
            default -> throw new IllegalArgumentException(state);
        }
        same(TcpState.valueOf(javaName(state)), subject.connection().state(), "state before");
    }

    private static String javaName(String state) {
        return state.equals("SYN-RCVD") ? "SYN_RECEIVED" : state.replace('-', '_');
    }

    private void sendSyn(String flags, int ack) {
        TcpPacket syn = subject.flow.segment(flags, 0, ack, 0);
        syn.mss = 1460;
        syn.sackPermitted = true;
        subject.send(syn);
    }

    private void shutdown() {
        subject.connection().shutdownOutput(subject.peer.nowNs());
        TcpPacket fin = subject.next();
        must(fin, "FA");
    }

    private void peerFin(int ack) {
        subject.send(subject.flow.segment("FA", 1, ack, 0));
        TcpPacket answer = subject.next();
        if (answer == null || !answer.has(TcpPacket.ACK)) {
            throw new AssertionError("the FIN was not acknowledged: " + answer);
        }
    }

    private void checkReply(String expected, TcpPacket reply, int nxt, int rcv) {
        if (expected.equals("none")) {
            same(null, reply, "reply");
            return;
        }
        if (reply == null) {
            throw new AssertionError("no reply; expected " + expected);
        }
        String[] fields = expected.split(" ");
        must(reply, fields[0]);
        for (String field : fields) {
            if (field.startsWith("seq=") && !field.equals("seq=NEW")) {
                int value =
                        switch (field.substring(4)) {
                            case "NXT" -> subject.flow.iss + nxt;
                            case "SEG.ACK" -> segment.acknowledgment;
                            case "ISS" -> subject.flow.iss;
                            case "0" -> 0;
                            default -> throw new IllegalArgumentException(field);
                        };
                same(value, reply.sequence, "seq of " + reply);
            } else if (field.startsWith("ack=")) {
                String text = field.substring(4);
                int value =
                        text.equals("RCV")
                                ? subject.flow.irs + rcv
                                : segment.sequence + Integer.parseInt(text.substring(8));
                same(value, reply.acknowledgment, "ack of " + reply);
            } else if (field.equals("len=0")) {
                same(0, reply.payload.length, "len of " + reply);
            }
        }
    }

    private void checkAfter(TcpPacket reply) {
        String after = row.get("after");
        if (after.contains(" | ")) {
            after = reply.has(TcpPacket.SYN) ? "NEW" : "TIME-WAIT";
        }
        String error = row.get("error");
        switch (after) {
            case "CLOSED" -> {
                if (subject.application != null) {
                    if (row.get("state").equals("TIME-WAIT")) {
                        same(false, subject.answersRepeatedFin(), "TIME-WAIT goes on");
                    } else {
                        same(TcpState.CLOSED, subject.connection().state(), "state after");
                    }
                    if (!error.equals("-")) {
                        same(true, subject.application.ended, "ended");
                        same(error, String.valueOf(subject.application.failure), "failure");
                    }
                }
                return;
            }
            case "LISTEN" -> {
                sendSyn("S", 0);
                must(subject.next(), "SA");
                return;
            }
            case "REMOVED" -> {
                subject.send(subject.flow.segment("A", 1, 1, 0));
                must(subject.next(), "R");
                same(0, subject.accepted.size(), "accepted");
                return;
            }
            case "TIME-WAIT" -> {
                same(true, subject.answersRepeatedFin(), "TIME-WAIT goes on");
                return;
            }
            case "NEW" -> {
                subject.flow.iss = reply.sequence;
                subject.flow.irs = segment.sequence;
                subject.send(subject.flow.segment("A", 1, 1, 0));
                same(2, subject.accepted.size(), "accepted");
                return;
            }
            case "SYN-RCVD" -> {
                if (!row.get("open").equals("passive")) {
                    break;
                }
                subject.send(subject.flow.segment("A", subject.rcv, 1, 0));
                same(1, subject.accepted.size(), "accepted");
                return;
            }
            default -> {}
        }
        same(TcpState.valueOf(javaName(after)), subject.connection().state(), "state after");
        same(false, subject.application.ended, "ended");
        if (after.equals("SYN-SENT")) {
            subject.peer.advance(1001 * MS);
            TcpPacket again = subject.next();
            must(again, "S");
            same(subject.flow.iss, again.sequence, "SYN again");
        }
    }

    private static void must(TcpPacket packet, String flags) {
        // A FIN implies PSH (RFC 9293 3.9.1.2), so that the bit says nothing.
        if (packet == null || (packet.flags & ~TcpPacket.PSH) != TcpPacket.flags(flags)) {
            throw new AssertionError("expected " + flags + ", but was " + packet);
        }
    }

    private static void same(Object expected, Object actual, String what) {
        if (!Objects.equals(expected, actual)) {
            throw new AssertionError(what + ": expected " + expected + ", but was " + actual);
        }
    }
}
