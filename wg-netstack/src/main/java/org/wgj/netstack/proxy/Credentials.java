// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;

/**
 * The user name and password that clients of a proxy must present. Only digests are kept; they are
 * compared in constant time, so that the time of an answer tells nothing of a name or password.
 * Immutable.
 */
public final class Credentials {
    private static final int RANDOM_BYTES = 16;

    private final byte[] usernameDigest;
    private final byte[] passwordDigest;

    /**
     * Makes credentials.
     *
     * @param username may be empty
     * @param password may be empty
     */
    public Credentials(String username, String password) {
        usernameDigest = digest(username.getBytes(StandardCharsets.UTF_8));
        passwordDigest = digest(password.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Makes a password of 128 random bits.
     *
     * @return 22 letters, digits, {@code -} and {@code _}
     */
    public static String randomPassword() {
        byte[] bytes = new byte[RANDOM_BYTES];
        new SecureRandom().nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /**
     * Compares both, and takes as long if the name is wrong as if the password is.
     *
     * @param username the bytes that a client sent
     * @param password the bytes that a client sent
     * @return whether both are right
     */
    boolean match(byte[] username, byte[] password) {
        boolean name = MessageDigest.isEqual(usernameDigest, digest(username));
        boolean word = MessageDigest.isEqual(passwordDigest, digest(password));
        return name & word; // both, always
    }

    /** Compares a token (RFC 6750) with the password. */
    boolean matchToken(byte[] token) {
        return MessageDigest.isEqual(passwordDigest, digest(token));
    }

    /** Equal lengths make the comparison independent of the length of what was sent. */
    private static byte[] digest(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Credentials that
                && MessageDigest.isEqual(usernameDigest, that.usernameDigest)
                && MessageDigest.isEqual(passwordDigest, that.passwordDigest);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(usernameDigest);
    }

    /** Shows neither of them. */
    @Override
    public String toString() {
        return "credentials";
    }
}
