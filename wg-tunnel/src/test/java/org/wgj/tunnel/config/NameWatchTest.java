// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.PeerStatus;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Names that change while a look-up is under way. */
@Timeout(120)
class NameWatchTest {
    private static final PublicKey FIRST = PrivateKey.generate().publicKey();
    private static final PublicKey SECOND = PrivateKey.generate().publicKey();
    private static final HostPort OLD = new HostPort("old.example", 7);
    private static final HostPort OTHER = new HostPort("other.example", 8);
    private static final InetSocketAddress ADDRESS =
            new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 7);

    private record Move(PublicKey peer, BooleanSupplier watched) {}

    private final BlockingQueue<Move> moves = new LinkedBlockingQueue<>();
    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch answered = new CountDownLatch(1);

    /** Two peers without an endpoint, so that both names are looked up at once. */
    private final NameWatch.Peers peers =
            new NameWatch.Peers() {
                @Override
                public List<PeerStatus> status() {
                    return List.of(silent(FIRST), silent(SECOND));
                }

                @Override
                public void move(
                        PublicKey peer,
                        HostPort name,
                        InetSocketAddress address,
                        BooleanSupplier watched) {
                    moves.add(new Move(peer, watched));
                }
            };

    private static PeerStatus silent(PublicKey key) {
        return new PeerStatus(key, null, null, 0, 0, 0, List.of());
    }

    private InetSocketAddress slow(HostPort name) throws IOException {
        if (name.equals(OLD)) {
            asked.countDown();
            try {
                answered.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        }
        return ADDRESS;
    }

    private NameWatch watch() {
        return new NameWatch(
                "wg0",
                peers,
                Map.of(FIRST, OLD, SECOND, OTHER),
                this::slow,
                Duration.ZERO,
                Duration.ofSeconds(135),
                Thread.ofPlatform().daemon());
    }

    private Move nextMove() throws InterruptedException {
        Move move = moves.poll(60, TimeUnit.SECONDS);
        assertNotNull(move, "no peer got an endpoint");
        return move;
    }

    @Test
    void anAnswerForANameThatIsNoLongerWatchedIsNotUsed() throws InterruptedException {
        try (NameWatch watch = watch()) {
            assertTrue(asked.await(60, TimeUnit.SECONDS), "the name was not looked up");
            watch.setNames(Map.of(SECOND, OTHER)); // the first has a literal address now
            answered.countDown();
            assertEquals(SECOND, nextMove().peer());
        }
    }

    @Test
    void aNameThatChangesBeforeTheEndpointIsSetDoesNotCountEither() throws InterruptedException {
        answered.countDown();
        try (NameWatch watch = watch()) {
            Move move = nextMove();
            assertEquals(FIRST, move.peer());
            assertTrue(move.watched().getAsBoolean());
            watch.setNames(Map.of(FIRST, OTHER, SECOND, OTHER));
            assertFalse(move.watched().getAsBoolean());
        }
    }
}
