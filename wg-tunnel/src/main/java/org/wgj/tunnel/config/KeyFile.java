// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.config;

import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PrivateKey;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Pattern;

/**
 * A key in base64 that is alone in a file or comes through a pipe; only white space may follow. An
 * empty file, such as /dev/null, stands for no key.
 */
public final class KeyFile {
    private static final int KEY_CHARACTERS = 44;
    private static final int MAX_BYTES = 4096;

    /** Text that is a key in the place of a path; a path loses one of two slashes in a row. */
    private static final Pattern LIKE_A_KEY = Pattern.compile("[A-Za-z0-9+/]{38,44}=?");

    private KeyFile() {}

    /**
     * Reads a private key; null if the file is empty or the key all zeros.
     *
     * @throws IOException whose message names the file and never repeats its content
     */
    public static PrivateKey privateKey(Path path) throws IOException {
        String text = read(path);
        try {
            return text.isEmpty() ? null : Values.privateKey(text);
        } catch (IllegalArgumentException e) {
            throw new IOException(path + ": " + e.getMessage(), e);
        }
    }

    /** Reads a preshared key, as {@link #privateKey}; never null. */
    public static PresharedKey presharedKey(Path path) throws IOException {
        String text = read(path);
        try {
            return text.isEmpty() ? PresharedKey.NONE : Values.presharedKey(text);
        } catch (IllegalArgumentException e) {
            throw new IOException(path + ": " + e.getMessage(), e);
        }
    }

    private static String read(Path path) throws IOException {
        try (InputStream in = Files.newInputStream(path)) {
            return text(in);
        } catch (NoSuchFileException e) {
            if (LIKE_A_KEY.matcher(path.toString()).matches()) {
                // It may be a key by mistake and is not repeated.
                throw new IOException("there is no such file; a key is given in a file");
            }
            throw new IOException(path + ": there is no such file", e);
        } catch (AccessDeniedException e) {
            throw new IOException(path + ": " + Denied.reading(path), e);
        } catch (IllegalArgumentException e) {
            throw new IOException(path + ": " + e.getMessage(), e);
        }
    }

    /**
     * Reads the key of a stream; an empty text if the stream is empty.
     *
     * @throws IllegalArgumentException if it is too short or something follows
     */
    static String text(InputStream in) throws IOException {
        byte[] bytes = in.readNBytes(MAX_BYTES);
        try {
            if (ConfigText.isUtf16(bytes)) {
                throw new IllegalArgumentException("this is text in UTF-16: save it in UTF-8");
            }
            int begin = ConfigText.afterMark(bytes);
            for (int i = begin + KEY_CHARACTERS; i < bytes.length; i++) {
                if (!ConfigText.isSpace((char) bytes[i])) {
                    throw new IllegalArgumentException("something follows the key");
                }
            }
            int length = Math.min(bytes.length - begin, KEY_CHARACTERS);
            if (length > 0 && length < KEY_CHARACTERS) {
                throw new IllegalArgumentException(
                        "a key in base64 has exactly " + KEY_CHARACTERS + " characters");
            }
            return new String(bytes, begin, length, StandardCharsets.ISO_8859_1);
        } finally {
            Arrays.fill(bytes, (byte) 0);
        }
    }

    /**
     * Reads a private key from a stream, for {@code wg pubkey}.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static PrivateKey privateKey(InputStream in) throws IOException {
        String text = text(in);
        if (text.isEmpty()) {
            throw new IllegalArgumentException("expected a private key on standard input");
        }
        return PrivateKey.fromBase64(text);
    }
}
