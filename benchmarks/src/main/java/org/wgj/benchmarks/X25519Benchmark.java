// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks;

import static org.bouncycastle.math.ec.rfc7748.X25519.scalarMult;
import static org.bouncycastle.math.ec.rfc7748.X25519.scalarMultBase;

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
import org.wgj.crypto.primitive.X25519;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.concurrent.TimeUnit;

import javax.crypto.KeyAgreement;

/**
 * Question: what does one shared secret cost, with ours (our ladder over Bouncy Castle's field),
 * with all of Bouncy Castle, which leaves the scalar in the heap, and with the JDK's XDH? A
 * handshake has four on each side. Expectation: tens of microseconds, ours as Bouncy Castle; to
 * generate a key takes us as long as a shared secret, and Bouncy Castle, which has tables for that,
 * a third.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
public class X25519Benchmark {
    private final PublicKey theirs = PrivateKey.generate().publicKey();
    private final byte[] secret = new byte[32];
    private static final byte[] SCALAR = PrivateKey.generate().bytes();

    private final KeyAgreement agreement;
    private final KeyPair jdkMine;
    private final KeyPair jdkTheirs;

    public X25519Benchmark() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("X25519");
            jdkMine = generator.generateKeyPair();
            jdkTheirs = generator.generateKeyPair();
            agreement = KeyAgreement.getInstance("X25519");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    @Benchmark
    public boolean ours() {
        return X25519.sharedSecret(SCALAR, theirs.bytes(), secret);
    }

    @Benchmark
    public PrivateKey generateOurs() {
        return PrivateKey.generate();
    }

    @Benchmark
    public byte[] bouncyCastle() {
        scalarMult(SCALAR, 0, theirs.bytes(), 0, secret, 0);
        return secret;
    }

    @Benchmark
    public byte[] generateBouncyCastle() {
        scalarMultBase(SCALAR, 0, secret, 0);
        return secret;
    }

    @Benchmark
    public byte[] jdk() throws GeneralSecurityException {
        agreement.init(jdkMine.getPrivate());
        agreement.doPhase(jdkTheirs.getPublic(), true);
        return agreement.generateSecret();
    }
}
