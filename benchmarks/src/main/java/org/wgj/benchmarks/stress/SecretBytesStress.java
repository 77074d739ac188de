// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.stress;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZII_Result;
import org.wgj.crypto.secret.SecretBytes;

import java.util.Arrays;

/**
 * A worker loads a session's key while the tunnel's thread wipes it. The worker gets the whole key
 * or learns that it is wiped; it never gets a key that is partly zero.
 */
@JCStressTest
@Outcome(id = "true, 32, 0", expect = Expect.ACCEPTABLE, desc = "the whole key")
@Outcome(id = "false, 0, 0", expect = Expect.ACCEPTABLE, desc = "refused, nothing written")
@Outcome(expect = Expect.FORBIDDEN, desc = "a key that is partly zero")
@State
public class SecretBytesStress {
    private final SecretBytes secret;

    /** Called by jcstress. */
    public SecretBytesStress() {
        byte[] key = new byte[32];
        Arrays.fill(key, (byte) 0xa5);
        secret = SecretBytes.copyOf(key);
    }

    /** The worker. */
    @Actor
    public void load(ZII_Result result) {
        byte[] copy = new byte[32];
        result.r1 = secret.copyTo(copy);
        for (byte b : copy) {
            if (b == (byte) 0xa5) {
                result.r2++;
            } else if (b != 0) {
                result.r3++;
            }
        }
    }

    /** The tunnel's thread. */
    @Actor
    public void wipe() {
        secret.wipe();
    }
}
