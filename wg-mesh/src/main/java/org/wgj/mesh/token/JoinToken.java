// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.token;

import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.crypto.primitive.Blake2s;
import org.wgj.mesh.map.Bytes;
import org.wgj.tunnel.config.HostPort;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Objects;

/**
 * The data that a node needs to join a mesh: a secret, and the addresses of the coordinators.
 *
 * <p>The secret is a WireGuard private key. The joining node begins a handshake with it, so a
 * coordinator answers only senders that have a token; the coordinator knows the public key alone.
 *
 * <p>As text a token is {@value #PREFIX} and base64url without padding of: the version (1 byte),
 * the private key (32), the time it expires in seconds since 1970 (8, big endian), the number of
 * endpoints (1), for each the coordinator's public key (32), host (2 bytes length and UTF-8) and
 * port (2); the length of the lock's public key (1: 0 or 32) and that key; at the end the first 4
 * bytes of the BLAKE2s-256 of all before, against copying mistakes. A coordinator with several
 * endpoints is there with each.
 */
public final class JoinToken {
    /** The beginning of every token, by which it can be recognized in a log or a repository. */
    public static final String PREFIX = "wgjt_";

    private static final int VERSION = 1;
    private static final int CHECK_LENGTH = 4;
    private static final int MAX_COORDINATORS = 8;
    private static final int MAX_TEXT = 2_048;

    /** The bytes for the coordinators in a token of {@link #MAX_TEXT} characters, with a lock. */
    private static final int MAX_COORDINATOR_BYTES = 1_440;

    /** The bytes of a coordinator without its host. */
    private static final int COORDINATOR_BYTES = PublicKey.LENGTH + 4;

    private final PrivateKey key;
    private final Instant expires;
    private final List<Coordinator> coordinators;
    private final Bytes lockKey;

    /**
     * A place to ask a coordinator at; it may have several.
     *
     * @param key its public key
     * @param endpoint where it is reached
     */
    public record Coordinator(PublicKey key, HostPort endpoint) {
        public Coordinator {
            Objects.requireNonNull(key, "key");
            Objects.requireNonNull(endpoint, "endpoint");
        }
    }

    /**
     * Makes a token.
     *
     * @param key the secret; the token owns it from now on
     * @param expires when the coordinators stop answering it
     * @param coordinators one to eight
     * @param lockKey the public key of the mesh's lock, 32 bytes; {@link Bytes#NONE} without a lock
     * @throws IllegalArgumentException if there are no coordinators or too many
     */
    public JoinToken(
            PrivateKey key, Instant expires, List<Coordinator> coordinators, Bytes lockKey) {
        this.key = Objects.requireNonNull(key, "key");
        this.expires = Objects.requireNonNull(expires, "expires");
        this.coordinators = List.copyOf(coordinators);
        this.lockKey = Objects.requireNonNull(lockKey, "lockKey");
        if (coordinators.isEmpty() || coordinators.size() > MAX_COORDINATORS) {
            throw new IllegalArgumentException("a token names 1 to 8 coordinators");
        }
    }

    /**
     * Leaves out the last places, if there are more than fit into a token.
     *
     * @param places the most important first
     * @return the first eight, fewer if their names are long
     */
    public static List<Coordinator> fitting(List<Coordinator> places) {
        List<Coordinator> fitting = new ArrayList<>();
        int left = MAX_COORDINATOR_BYTES;
        for (Coordinator place : places) {
            left -= COORDINATOR_BYTES;
            left -= place.endpoint().host().getBytes(StandardCharsets.UTF_8).length;
            if (left < 0 || fitting.size() == MAX_COORDINATORS) {
                break;
            }
            fitting.add(place);
        }
        return List.copyOf(fitting);
    }

    /**
     * Reads a token.
     *
     * @param text as a user pasted it; white space around it does not matter
     * @return the token
     * @throws IllegalArgumentException if it is no token; the message says why and has no part of
     *     it
     */
    public static JoinToken parse(String text) {
        String token = text.strip();
        if (!token.startsWith(PREFIX)) {
            throw new IllegalArgumentException("this is no token: a token begins with " + PREFIX);
        }
        if (token.length() > MAX_TEXT) {
            throw new IllegalArgumentException("this is no token: it is too long");
        }
        byte[] bytes;
        try {
            bytes = Base64.getUrlDecoder().decode(token.substring(PREFIX.length()));
        } catch (IllegalArgumentException e) {
            throw damaged();
        }
        try {
            return parse(bytes);
        } catch (IOException | IllegalArgumentException e) {
            throw e instanceof UnknownVersion unknown ? unknown : damaged();
        } finally {
            Arrays.fill(bytes, (byte) 0);
        }
    }

    private static JoinToken parse(byte[] bytes) throws IOException {
        int end = bytes.length - CHECK_LENGTH;
        if (end < 1) {
            throw damaged();
        }
        byte[] check = check(bytes, end);
        if (!Arrays.equals(check, 0, CHECK_LENGTH, bytes, end, bytes.length)) {
            throw damaged();
        }
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes, 0, end));
        int version = in.readUnsignedByte();
        if (version != VERSION) {
            throw new UnknownVersion(version);
        }
        byte[] secret = in.readNBytes(PrivateKey.LENGTH);
        try {
            Instant expires = Instant.ofEpochSecond(in.readLong());
            List<Coordinator> coordinators = new ArrayList<>();
            for (int left = in.readUnsignedByte(); left > 0; left--) {
                PublicKey key = PublicKey.of(in.readNBytes(PublicKey.LENGTH));
                String host = in.readUTF();
                coordinators.add(new Coordinator(key, new HostPort(host, in.readUnsignedShort())));
            }
            Bytes lock = Bytes.of(in.readNBytes(in.readUnsignedByte()));
            if (in.available() > 0 || !lock.isEmpty() && lock.toArray().length != 32) {
                throw damaged();
            }
            return new JoinToken(PrivateKey.of(secret), expires, coordinators, lock);
        } finally {
            Arrays.fill(secret, (byte) 0);
        }
    }

    private static IllegalArgumentException damaged() {
        return new IllegalArgumentException(
                "this token is damaged: copy it again, all of it, or ask for a new one");
    }

    private static final class UnknownVersion extends IllegalArgumentException {
        private static final long serialVersionUID = 1L;

        UnknownVersion(int version) {
            super("this token has format " + version + ", which needs a newer wgj");
        }
    }

    private static byte[] check(byte[] bytes, int length) {
        return Blake2s.hash(Arrays.copyOf(bytes, length));
    }

    /**
     * Returns the token as text. It is a secret: print it only where its owner asked for it.
     *
     * @return {@link #PREFIX} and about 150 characters, and 60 for each further place
     */
    public String toText() {
        byte[] secret = key.bytes();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(VERSION);
            out.write(secret);
            out.writeLong(expires.getEpochSecond());
            out.writeByte(coordinators.size());
            for (Coordinator coordinator : coordinators) {
                out.write(coordinator.key().bytes());
                out.writeUTF(coordinator.endpoint().host());
                out.writeShort(coordinator.endpoint().port());
            }
            byte[] lock = lockKey.toArray();
            out.writeByte(lock.length);
            out.write(lock);
            byte[] body = bytes.toByteArray();
            out.write(check(body, body.length), 0, CHECK_LENGTH);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            Arrays.fill(secret, (byte) 0);
        }
        return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.toByteArray());
    }

    /**
     * Returns the secret.
     *
     * @return the token's own; wiped with {@link #wipe}
     */
    public PrivateKey key() {
        return key;
    }

    /**
     * Returns when the coordinators stop answering it.
     *
     * @return a time in whole seconds
     */
    public Instant expires() {
        return expires;
    }

    /**
     * Returns where to ask the coordinators.
     *
     * @return one to eight places
     */
    public List<Coordinator> coordinators() {
        return coordinators;
    }

    /**
     * Returns the public key of the mesh's lock.
     *
     * @return 32 bytes; {@link Bytes#NONE} without a lock
     */
    public Bytes lockKey() {
        return lockKey;
    }

    /** Overwrites the secret. */
    public void wipe() {
        key.wipe();
    }

    /** Shows nothing of the secret. */
    @Override
    public String toString() {
        return "token(" + key.publicKey() + ")";
    }
}
