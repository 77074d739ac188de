// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead.engine;

import org.wgj.crypto.TransportKey;
import org.wgj.crypto.secret.JdkChaCha20;
import org.wgj.crypto.secret.SecretBytes;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The JDK's ChaCha20 with our plain Poly1305 (RFC 8439, 2.8): the JIT compiler needs little time
 * for it, because the JDK has machine code for ChaCha20 and Poly1305 is one small method.
 */
final class StreamPacketCipher implements PacketCipher {
    private static final VarHandle INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final int BLOCK_LENGTH = 64;
    private static final int ONE_TIME_KEY_WORDS = 8;

    private final JdkChaCha20 chaCha20 = new JdkChaCha20();

    // Secret until forgotten; not private so that a test can look for remains.
    final byte[] block = new byte[BLOCK_LENGTH];
    final int[] words = new int[ONE_TIME_KEY_WORDS];
    final Poly1305Workspace tags = new Poly1305Workspace(1, 1);

    @Override
    public boolean load(SecretBytes secret) {
        return chaCha20.load(secret);
    }

    @Override
    public void seal(long counter, byte[] buffer, int length) {
        start(counter);
        chaCha20.apply(buffer, length);
        ScalarPoly1305.compute(tags, 0, buffer, length);
        LONG.set(buffer, length, tags.tagLow[0]);
        LONG.set(buffer, length + 8, tags.tagHigh[0]);
    }

    @Override
    public boolean open(long counter, byte[] buffer, int length) {
        int plain = length - TransportKey.TAG_LENGTH;
        if (plain < 0) {
            return false;
        }
        start(counter);
        ScalarPoly1305.compute(tags, 0, buffer, plain);
        long difference =
                (long) LONG.get(buffer, plain) ^ tags.tagLow[0]
                        | (long) LONG.get(buffer, plain + 8) ^ tags.tagHigh[0];
        if (difference != 0) {
            return false;
        }
        chaCha20.apply(buffer, plain);
        return true;
    }

    /** Begins a packet: the start of block 0 of its keystream is the one-time key. */
    private void start(long counter) {
        Arrays.fill(block, (byte) 0);
        chaCha20.start(counter);
        chaCha20.apply(block, BLOCK_LENGTH);
        for (int i = 0; i < ONE_TIME_KEY_WORDS; i++) {
            words[i] = (int) INT.get(block, 4 * i);
        }
        tags.setKey(0, words, 0);
    }

    @Override
    public void forget() {
        chaCha20.forget();
        Arrays.fill(block, (byte) 0);
        Arrays.fill(words, 0);
        tags.wipe();
    }
}
