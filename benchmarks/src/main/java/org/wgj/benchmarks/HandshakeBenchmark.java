// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.crypto.TransportAead;
import org.wgj.crypto.primitive.X25519;
import org.wgj.protocol.message.InitiationMessage;
import org.wgj.protocol.noise.ClaimedInitiation;
import org.wgj.protocol.noise.Handshake;
import org.wgj.protocol.noise.StaticIdentity;
import org.wgj.protocol.session.Keypair;

import java.security.SecureRandom;
import java.time.Instant;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * Question: what does a whole handshake cost, both sides together, and how much of it is not
 * X25519?
 *
 * <p>Expectation: some 500 microseconds, at most a fifth of them for all that is not on the curve.
 * "curve" is the X25519 of both sides alone, to subtract: two ephemeral keys and six shared
 * secrets, as that of the static keys is computed once for all handshakes. "noise" is the two
 * messages without their MACs; "devices" goes from a packet without a session to its arrival, with
 * MACs, indices and timers and a packet sealed and opened.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 3, time = 1)
public class HandshakeBenchmark {
    private static final int ALICE = 1;
    private static final int BOB = 2;

    private final SecureRandom random = new SecureRandom();
    private final TransportAead aead = TransportAead.best();
    private final TwoDevices devices = new TwoDevices(aead, 1420);

    private final StaticIdentity alice = new StaticIdentity(PrivateKey.generate());
    private final StaticIdentity bob = new StaticIdentity(PrivateKey.generate());
    private final Handshake towardsBob = new Handshake(bob.publicKey());
    private final Handshake towardsAlice = new Handshake(alice.publicKey());
    private final byte[] secret = new byte[32];
    private long nowSeconds;

    public HandshakeBenchmark() {
        towardsBob.setIdentity(alice);
        towardsAlice.setIdentity(bob);
    }

    @Benchmark
    public int devices() {
        int arrived = devices.shakeHands();
        if (arrived != 1) {
            throw new AssertionError("no session came about");
        }
        return arrived;
    }

    @Benchmark
    public Keypair noise() {
        nowSeconds++; // a second initiation in 20 ms would be taken for a flood
        long nowNs = TimeUnit.SECONDS.toNanos(nowSeconds);
        InitiationMessage initiation =
                towardsBob.createInitiation(ALICE, random, Instant.ofEpochSecond(nowSeconds));
        ClaimedInitiation claim = ClaimedInitiation.identify(initiation, bob);
        Handshake.VerifiedInitiation verified =
                towardsAlice.consumeInitiation(initiation, claim, nowNs);
        Handshake.Response response = towardsAlice.respond(verified, BOB, random, aead, nowNs);
        Keypair session = towardsBob.consumeResponse(response.message(), aead, nowNs);
        if (session == null) {
            throw new AssertionError("no session came about");
        }
        return session;
    }

    @Benchmark
    public byte[] curve() {
        PrivateKey aliceEphemeral = PrivateKey.generate(random);
        PrivateKey bobEphemeral = PrivateKey.generate(random);
        PublicKey alicePublic = aliceEphemeral.publicKey();
        PublicKey bobPublic = bobEphemeral.publicKey();
        // The initiation, created and consumed.
        agree(aliceEphemeral, bob.publicKey());
        agree(bob.privateKey(), alicePublic);
        // The response, created and consumed.
        agree(bobEphemeral, alicePublic);
        agree(bobEphemeral, alice.publicKey());
        agree(aliceEphemeral, bobPublic);
        agree(alice.privateKey(), bobPublic);
        return secret;
    }

    private void agree(PrivateKey mine, PublicKey theirs) {
        byte[] scalar = mine.bytes();
        boolean contributory = X25519.sharedSecret(scalar, theirs.bytes(), secret);
        Arrays.fill(scalar, (byte) 0);
        if (!contributory) {
            throw new AssertionError("a key of low order");
        }
    }
}
