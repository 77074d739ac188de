// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.protocol.device.TestNet.MILLISECOND;
import static org.wgj.protocol.device.TestNet.SECOND;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.wgj.protocol.DropReason;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.Seeds;
import org.wgj.protocol.cookie.CookieChecker;
import org.wgj.protocol.cookie.CookieGenerator;
import org.wgj.protocol.device.Datagram.Kind;
import org.wgj.protocol.device.Node.Event;
import org.wgj.protocol.message.CookieReplyMessage;
import org.wgj.protocol.message.InitiationMessage;

import java.util.Arrays;
import java.util.List;

/** Floods of handshake messages, and the defence by cookies (whitepaper 5.3 and 5.4.7). */
@ExtendWith(Seeds.class)
class UnderLoadTest {
    /** A device is under load when this many messages wait. */
    private static final int LOAD = 512;

    private static final Endpoint FLOODER = TestNet.endpoint("203.0.113.66", 666);

    private final TwoPeers net = new TwoPeers();

    /** Makes a message in which only mac1 is valid, which takes only the receiver's public key. */
    private Datagram forged(Node to, Endpoint source) {
        byte[] bytes = new byte[148];
        net.random.nextBytes(bytes);
        bytes[0] = 1;
        Arrays.fill(bytes, 1, 4, (byte) 0);
        NoiseByHand.writeMac1(bytes, to.publicKey());
        return new Datagram(null, 0, 0, source, to.address, (byte) 0, bytes);
    }

    private void flood(Node victim, Endpoint source, int count) {
        Datagram[] batch = new Datagram[count];
        Arrays.fill(batch, forged(victim, source));
        victim.receive(batch);
    }

    /** Puts Bob under load for a second. */
    private void loadBob() {
        flood(net.bob, FLOODER, LOAD + 20);
    }

    /** Keeps Bob under load until a time. */
    private void keepBobLoaded(long ns) {
        for (long at = 0; at < ns; at += SECOND / 2) {
            net.after(at, this::loadBob);
        }
    }

    private List<Datagram> initiations() {
        return net.sent(net.alice, Kind.INITIATION);
    }

    @Test
    void aPeerGetsInByACookieDuringAFlood() {
        keepBobLoaded(20 * SECOND);
        net.run(SECOND);
        net.forgetBeginnings();
        net.alice.send("let me in");
        net.run(10 * SECOND);

        assertEquals(List.of("let me in"), net.bob.texts());
        assertEquals(2, initiations().size());
        assertFalse(initiations().get(0).hasMac2());
        assertTrue(initiations().get(1).hasMac2());
        assertTrue(initiations().get(1).atNs() - initiations().get(0).atNs() >= 5 * SECOND);
    }

    @Test
    void withoutLoadNoCookieIsNeeded() {
        flood(net.bob, FLOODER, LOAD - 1);
        assertEquals(0, net.bob.drops(DropReason.COOKIE_SENT));
        assertEquals(0, net.sent(net.bob).size());
    }

    @Test
    void loadEndsASecondAfterTheQueueGotShort() {
        loadBob();
        long before = net.bob.drops(DropReason.COOKIE_SENT);
        assertTrue(before > 0);
        net.run(SECOND - 1);
        flood(net.bob, FLOODER, 1);
        assertTrue(net.bob.drops(DropReason.COOKIE_SENT) > before);
        long still = net.bob.drops(DropReason.COOKIE_SENT);
        net.run(1);
        flood(net.bob, FLOODER, 1);
        assertEquals(still, net.bob.drops(DropReason.COOKIE_SENT));
    }

    @Test
    void aThousandHandshakesAMinuteNeedNoCookie() {
        for (int i = 0; i < 1000; i++) {
            net.alice.device.down();
            net.alice.up();
            net.alice.send("handshake " + i);
            net.run(60 * SECOND / 1000);
        }
        assertEquals(1000, net.bob.received.size());
        assertEquals(0, net.sent(Kind.COOKIE_REPLY).size());
    }

    @Test
    void aMessageWithAWrongMac1GetsNoAnswerAtAll() {
        loadBob();
        net.run(SECOND / 2);
        net.forgetBeginnings();
        Datagram wrong = forged(net.bob, FLOODER).withBitFlipped(117 * 8);
        net.bob.receive(wrong);
        assertEquals(0, net.sent(net.bob).size());
        assertEquals(1, net.bob.drops(DropReason.MAC1_INVALID));
    }

    @Test
    void aResponseUnderLoadIsAnsweredByACookieToo() {
        net.alice.send("hello");
        flood(net.alice, FLOODER, LOAD + 20);
        net.settle();
        assertEquals(1, net.sent(net.bob, Kind.RESPONSE).size());
        List<Datagram> cookies =
                net.sent(net.alice, Kind.COOKIE_REPLY).stream()
                        .filter(d -> d.destination().sameRemote(net.bob.address))
                        .toList();
        assertEquals(1, cookies.size());
        assertEquals(
                net.last(net.bob, Kind.RESPONSE).senderIndex(), cookies.getFirst().receiverIndex());
        assertEquals(0, net.alice.told(Event.HANDSHAKE_COMPLETED).size());

        flood(net.alice, FLOODER, LOAD + 20);
        net.after(4900 * MILLISECOND, () -> flood(net.alice, FLOODER, LOAD + 20));
        net.run(6 * SECOND);
        assertTrue(net.last(net.bob, Kind.RESPONSE).hasMac2());
        assertEquals(List.of("hello"), net.bob.texts());
    }

    @Test
    void aCookieIsForOneAddressAndOnePort() {
        Datagram signed = initiationWithCookie();
        Endpoint real = signed.source();
        for (Endpoint other :
                List.of(
                        TestNet.endpoint("192.0.2.1", real.port() + 1),
                        TestNet.endpoint("192.0.2.77", real.port()),
                        TestNet.endpoint("::ffff:0:192.0.2.1", real.port()))) {
            long before = net.bob.drops(DropReason.COOKIE_SENT);
            net.bob.receive(signed.withSource(other));
            net.settle();
            assertEquals(before + 1, net.bob.drops(DropReason.COOKIE_SENT), other.toString());
        }
        assertEquals(0, net.sent(net.bob, Kind.RESPONSE).size());
        net.bob.receive(signed);
        net.settle();
        assertEquals(1, net.sent(net.bob, Kind.RESPONSE).size());
    }

    /**
     * Returns an initiation of Alice with a valid mac2; Bob is under load for half a second more.
     */
    private Datagram initiationWithCookie() {
        loadBob();
        net.lose(d -> d.is(Kind.INITIATION) && d.hasMac2());
        net.alice.send("hello");
        net.after(4900 * MILLISECOND, this::loadBob);
        net.run(5 * SECOND + SECOND / 3);
        Datagram signed = net.last(net.alice, Kind.INITIATION);
        assertTrue(signed.hasMac2());
        net.forgetLog();
        return signed;
    }

    @Test
    void aCookieReplyDoesNotMoveTheEndpoint() {
        loadBob();
        net.alice.send("hello");
        net.wire = d -> List.of(d.is(Kind.COOKIE_REPLY) ? d.withSource(FLOODER) : d);
        net.settle();
        assertEquals(1, cookiesTo(net.alice.address));
        assertEquals(net.bob.address, net.alice.peer(net.bob).endpoint());
        assertEquals(0, net.alice.told(Event.ENDPOINT_CHANGED).size());
        assertEquals(0, net.alice.drops(DropReason.COOKIE_INVALID), "it was taken");
    }

    private long cookiesTo(Endpoint address) {
        return net.sent(Kind.COOKIE_REPLY).stream()
                .filter(d -> d.destination().sameRemote(address))
                .count();
    }

    @Test
    void aCookieReplyIsTakenOnceAndOnlyForTheLastMessage() {
        loadBob();
        net.alice.send("hello");
        net.settle();
        Datagram reply = replyToAlice();
        net.alice.receive(reply);
        assertEquals(1, net.alice.drops(DropReason.COOKIE_INVALID), "taken before");

        net.lose(d -> d.is(Kind.COOKIE_REPLY));
        net.run(6 * SECOND);
        net.alice.receive(reply);
        assertEquals(2, net.alice.drops(DropReason.COOKIE_INVALID), "of another initiation");
    }

    private Datagram replyToAlice() {
        return net.sent(Kind.COOKIE_REPLY).stream()
                .filter(d -> d.destination().sameRemote(net.alice.address))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aForgedCookieReplyIsNotTaken() {
        loadBob();
        net.lose(d -> d.is(Kind.COOKIE_REPLY));
        net.alice.send("hello");
        net.settle();
        Datagram reply = replyToAlice();
        for (int bit = 8 * 4; bit < 8 * 64; bit += 3) {
            net.alice.receive(reply.withBitFlipped(bit));
        }
        assertEquals((60 * 8 + 2) / 3, net.alice.drops(DropReason.COOKIE_INVALID));
        net.alice.receive(reply);
        assertEquals((60 * 8 + 2) / 3, net.alice.drops(DropReason.COOKIE_INVALID));
    }

    @Test
    void theSenderForgetsACookieAfter115Seconds() {
        for (long age : new long[] {115 * SECOND - 1, 115 * SECOND}) {
            CookieChecker checker = new CookieChecker(net.bob.publicKey(), net.random);
            CookieGenerator generator = new CookieGenerator(net.bob.publicKey());
            byte[] source = {1, 2, 3, 4, 5, 6};
            InitiationMessage message = blank();
            generator.addMacs(message, 0);
            long got = 7 * SECOND;
            assertTrue(generator.consume(checker.createReply(message, source, got), got));
            InitiationMessage next = blank();
            generator.addMacs(next, got + age);
            assertEquals(age < 115 * SECOND, !Arrays.equals(new byte[16], next.mac2()));
        }
    }

    @Test
    void theReceiverForgetsItsSecretAfter120Seconds() {
        CookieChecker checker = new CookieChecker(net.bob.publicKey(), net.random);
        CookieGenerator generator = new CookieGenerator(net.bob.publicKey());
        byte[] source = {1, 2, 3, 4, 5, 6};
        InitiationMessage message = blank();
        generator.addMacs(message, 0);
        CookieReplyMessage reply = checker.createReply(message, source, 50);
        assertTrue(generator.consume(reply, 50));
        generator.addMacs(message, 100);
        assertTrue(checker.mac1Valid(message));
        assertTrue(checker.mac2Valid(message, source, 50 + 120 * SECOND - 1));
        assertFalse(checker.mac2Valid(message, source, 50 + 120 * SECOND));
        CookieReplyMessage next = checker.createReply(message, source, 50 + 120 * SECOND);
        assertFalse(checker.mac2Valid(message, source, 50 + 120 * SECOND), "a new secret");
        assertTrue(generator.consume(next, 50 + 120 * SECOND));
        generator.addMacs(message, 50 + 120 * SECOND);
        assertTrue(checker.mac2Valid(message, source, 50 + 240 * SECOND - 1));
    }

    private static InitiationMessage blank() {
        return new InitiationMessage(7, new byte[32], new byte[48], new byte[28]);
    }

    @Test
    void mac2CoversMac1() {
        CookieChecker checker = new CookieChecker(net.bob.publicKey(), net.random);
        CookieGenerator generator = new CookieGenerator(net.bob.publicKey());
        byte[] source = {1, 2, 3, 4, 5, 6};
        InitiationMessage message = blank();
        assertFalse(checker.mac2Valid(message, source, 0), "there is no secret yet");
        generator.addMacs(message, 0);
        assertTrue(generator.consume(checker.createReply(message, source, 0), 0));
        generator.addMacs(message, 0);
        for (int at : new int[] {4, 40, message.mac1Offset(), message.mac2Offset()}) {
            message.bytes()[at] ^= 1;
            assertFalse(checker.mac2Valid(message, source, 0));
            message.bytes()[at] ^= 1;
        }
        assertTrue(checker.mac2Valid(message, source, 0));
    }

    @Test
    void onlySendersWithAValidCookieAreRateLimited() {
        // First the flood: it gets cookie replies and does not use up Alice's rate, although it
        // claims to come from her address.
        Datagram signed = initiationWithCookie();
        flood(net.bob, net.alice.address, LOAD + 100);
        assertEquals(0, net.bob.drops(DropReason.RATE_LIMITED));
        net.bob.receive(signed);
        net.settle();
        assertEquals(1, net.sent(net.bob, Kind.RESPONSE).size());
    }

    @Test
    void aSenderWithAValidCookieMaySend5AtOnceAnd20ASecond() {
        Datagram signed = initiationWithCookie();
        long worked = net.bob.drops(DropReason.HANDSHAKE_INVALID);
        net.lose(d -> true);
        Datagram[] ten = new Datagram[10];
        Arrays.fill(ten, signed);
        net.bob.receive(ten);
        net.run(0);
        assertEquals(5, net.bob.drops(DropReason.RATE_LIMITED));
        assertEquals(worked + 4, net.bob.drops(DropReason.HANDSHAKE_INVALID), "replays but one");
        net.run(100 * MILLISECOND);
        net.bob.receive(ten);
        net.run(0);
        assertEquals(5 + 8, net.bob.drops(DropReason.RATE_LIMITED));
    }

    @Test
    void floodsFromManySourcesDoNotKeepAPeerOut() {
        for (int i = 0; i < 40; i++) {
            int host = i;
            net.after(
                    i * SECOND / 4,
                    () -> flood(net.bob, TestNet.endpoint("203.0.113." + (1 + host), 7), 600));
        }
        net.run(SECOND);
        net.alice.send("let me in");
        net.run(9 * SECOND);
        assertEquals(List.of("let me in"), net.bob.texts());
    }

    @Test
    void aFloodOfHandshakesDoesNotStopASession() {
        net.connect();
        net.forgetBeginnings();
        for (int i = 0; i < 20; i++) {
            loadBob();
            net.alice.send("data " + i);
            net.run(100 * MILLISECOND);
        }
        assertEquals(20, net.bob.received.size());
    }

    @Test
    void theHandshakeQueueIsBounded() {
        flood(net.bob, FLOODER, 10_000);
        assertEquals(10_000 - 4096, net.bob.drops(DropReason.HANDSHAKE_QUEUE_FULL));
        net.run(0);
        assertEquals(Long.MAX_VALUE, net.bob.device.nextDeadlineNs(), "all was worked on");
        flood(net.bob, FLOODER, 1);
        net.run(0);
        assertEquals(10_000 - 4096, net.bob.drops(DropReason.HANDSHAKE_QUEUE_FULL));
    }

    @Test
    void oneTurnWorksOnAFewOnly() {
        net.alice.send("hello");
        Datagram[] batch = new Datagram[100];
        Arrays.fill(batch, forged(net.bob, FLOODER));
        net.bob.receive(batch);
        assertEquals(4, net.bob.drops(DropReason.HANDSHAKE_INVALID));
        assertTrue(net.bob.device.nextDeadlineNs() <= net.nowNs(), "it asks to be called again");
        net.bob.device.handleTimeouts(net.nowNs());
        assertEquals(8, net.bob.drops(DropReason.HANDSHAKE_INVALID));
        net.run(0);
        assertEquals(100, net.bob.drops(DropReason.HANDSHAKE_INVALID));
    }

    /** Such a flood never makes a queue, but would take all of the thread. */
    @Test
    void aFloodSlowerThanWeWorkNeedsCookiesToo() {
        net.connect();
        net.forgetBeginnings();
        net.lose(d -> d.is(Kind.COOKIE_REPLY));
        for (int second = 0; second < 3; second++) {
            for (int i = 0; i < 1000; i++) {
                flood(net.bob, FLOODER, 5);
                net.run(MILLISECOND);
            }
        }
        // 512 at first; then a second under load, in which 512 more are saved up, and so on.
        long worked = net.bob.drops(DropReason.HANDSHAKE_INVALID);
        assertTrue(worked >= 3 * 512 && worked <= 3 * 700, "worked on " + worked);
        assertEquals(15_000 - worked, net.bob.drops(DropReason.COOKIE_SENT));
        assertEquals(0, net.bob.drops(DropReason.HANDSHAKE_QUEUE_FULL));
    }

    @Test
    void aThousandMessagesASecondNeedNoCookie() {
        for (int i = 0; i < 3000; i++) {
            flood(net.bob, FLOODER, 1);
            net.run(MILLISECOND);
        }
        assertEquals(3000, net.bob.drops(DropReason.HANDSHAKE_INVALID));
        assertEquals(0, net.bob.drops(DropReason.COOKIE_SENT));
    }

    @Test
    void aPeerGetsInDuringAFloodSlowerThanWeWork() {
        for (int i = 0; i < 8000; i++) {
            net.after(i * MILLISECOND, () -> flood(net.bob, FLOODER, 5));
        }
        net.run(2700 * MILLISECOND);
        net.alice.send("let me in");
        net.run(6 * SECOND);
        assertEquals(List.of("let me in"), net.bob.texts());
    }

    /** A flood with four times as many messages as there are shared cookie replies. */
    @Test
    void cookieRepliesAreCappedAndAPeerGetsOneAllTheSame() {
        Node carol = net.node("carol");
        net.bob.meet(carol);
        carol.meetAtItsAddress(net.bob);
        net.after(200 * MILLISECOND, () -> carol.send("let me in"));
        for (int ms = 0; ms < 5_700; ms++) {
            if (ms < 400 || ms >= 4_800) {
                net.after(ms * MILLISECOND, () -> flood(net.bob, FLOODER, 40));
            }
        }
        net.run(6 * SECOND);
        assertEquals(List.of("let me in"), net.bob.texts());
        assertTrue(net.last(carol, Kind.INITIATION).hasMac2());
        long sent = net.bob.drops(DropReason.COOKIE_SENT);
        assertTrue(sent <= 13 * 1001 + 2 * (1024 + 3) + 1, sent + " cookie replies");
        assertTrue(net.bob.drops(DropReason.COOKIE_WITHHELD) > 13 * 2_700);
    }

    @Test
    void dataGoesBeforeHandshakesThatArriveWithIt() {
        net.connect();
        net.forgetBeginnings();
        net.lose(d -> true);
        net.alice.send("data");
        Datagram data = net.last(net.alice, Kind.DATA);
        Datagram[] batch = new Datagram[20];
        Arrays.fill(batch, forged(net.bob, FLOODER));
        batch[7] = data;
        net.bob.receive(batch);
        assertEquals(List.of("data"), net.bob.texts());
        assertEquals(0, net.bob.drops(DropReason.HANDSHAKE_INVALID), "no work yet");
        assertTrue(net.bob.device.nextDeadlineNs() <= net.nowNs(), "but soon");
        net.run(0);
        assertEquals(19, net.bob.drops(DropReason.HANDSHAKE_INVALID));
    }

    @Test
    void aMillionForgedInitiationsLeaveNothingBehind() {
        net.lose(d -> true);
        Datagram[] batch = new Datagram[5000];
        for (int i = 0; i < batch.length; i++) {
            batch[i] = forged(net.bob, FLOODER);
            if (i > 50) {
                batch[i] =
                        batch[i % 50].withSource(
                                TestNet.endpoint("10.9." + i / 250 + "." + i % 250, i));
            }
        }
        for (int i = 0; i < 200; i++) {
            net.bob.receive(batch);
            if (i % 50 == 0) {
                net.run(0);
            }
            net.forgetLog();
        }
        assertEquals(0, net.bob.device.indices().size());
        assertEquals(1, net.bob.device.peers().size());
        assertTrue(net.bob.drops(DropReason.HANDSHAKE_QUEUE_FULL) > 900_000);
    }
}
