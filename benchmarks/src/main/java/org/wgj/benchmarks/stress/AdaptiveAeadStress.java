// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.stress;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;
import org.wgj.crypto.PacketLayout;
import org.wgj.crypto.TransportKey;
import org.wgj.crypto.aead.AdaptiveAead;
import org.wgj.crypto.aead.engine.CipherAead;
import org.wgj.crypto.aead.engine.ScalarAead;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Two threads seal with one key while a third one switches to another engine. Whichever engine a
 * thread uses, and whichever thread made the key of the new engine, the key is complete and the
 * sealed bytes are correct.
 */
@JCStressTest
@Outcome(id = "true, true", expect = Expect.ACCEPTABLE, desc = "both sealed packets are correct")
@Outcome(expect = Expect.FORBIDDEN, desc = "a thread saw an incomplete key")
@State
public class AdaptiveAeadStress {
    private static final int TAG = TransportKey.TAG_LENGTH;
    private static final byte[] KEY = new byte[32];
    private static final MemorySegment EXPECTED = seal(CipherAead.CIPHER.key(KEY));

    private final AdaptiveAead aead =
            new AdaptiveAead(CipherAead.CIPHER, () -> Optional.of(ScalarAead.INSTANCE));
    private final TransportKey key = aead.key(KEY);

    /** A tunnel's thread. */
    @Actor
    public void sealHere(ZZ_Result result) {
        result.r1 = EXPECTED.mismatch(seal(key)) < 0;
    }

    /** A worker. */
    @Actor
    public void sealThere(ZZ_Result result) {
        result.r2 = EXPECTED.mismatch(seal(key)) < 0;
    }

    /** The thread that searched for the fastest engine. */
    @Actor
    public void switchEngine() {
        aead.warmUp();
    }

    private static MemorySegment seal(TransportKey key) {
        MemorySegment packet = Arena.ofAuto().allocate(TAG);
        int[] zero = {0};
        key.seal(7, PacketLayout.inPlace(packet, zero, zero), 0, 1);
        return packet;
    }
}
