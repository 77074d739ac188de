// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.secret;

import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.io.Serial;
import java.util.Arrays;

import javax.crypto.SecretKey;

/**
 * A ChaCha20 key in the form that the JDK's Cipher takes. Unlike SecretKeySpec it can be
 * overwritten and used again.
 */
final class ChaCha20Key implements SecretKey {
    @Serial private static final long serialVersionUID = 1L;

    private static final int LENGTH = 32;

    /** The owner writes these 32 bytes before the Cipher reads them. */
    final transient byte[] bytes = new byte[LENGTH];

    @Override
    public String getAlgorithm() {
        return "ChaCha20";
    }

    @Override
    public String getFormat() {
        return "RAW";
    }

    /** Returns a copy, which the JDK's Cipher overwrites when it takes its next key. */
    @Override
    public byte[] getEncoded() {
        return bytes.clone();
    }

    @Override
    public void destroy() {
        Arrays.fill(bytes, (byte) 0);
    }

    @Serial
    private void writeObject(ObjectOutputStream out) throws NotSerializableException {
        throw new NotSerializableException("a key is never serialised");
    }
}
