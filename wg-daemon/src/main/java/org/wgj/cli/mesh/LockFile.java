// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli.mesh;

import org.wgj.mesh.map.Bytes;
import org.wgj.mesh.map.LockSignature;
import org.wgj.mesh.map.MapNode;
import org.wgj.tunnel.config.OwnerFile;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;

/** The private key of a mesh's lock in a file: Ed25519 as PKCS #8 in PEM (RFC 8410). */
final class LockFile {
    private static final String BEGIN = "-----BEGIN PRIVATE KEY-----";
    private static final String END = "-----END PRIVATE KEY-----";
    private static final int MAX_BYTES = 10_000;
    private static final int KEY_BYTES = 32;

    private final PrivateKey key;

    private LockFile(PrivateKey key) {
        this.key = key;
    }

    /** Makes a key in a new file with mode 0600, and returns its public half, 32 bytes. */
    static Bytes create(Path file) throws IOException {
        KeyPair pair;
        try {
            pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has Ed25519", e);
        }
        try {
            Files.createFile(
                    file,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rw-------")));
        } catch (FileAlreadyExistsException e) {
            throw new IOException(file + ": the file is there already and stays as it is", e);
        }
        String text =
                BEGIN
                        + "\n"
                        + Base64.getMimeEncoder(64, new byte[] {'\n'})
                                .encodeToString(pair.getPrivate().getEncoded())
                        + "\n"
                        + END
                        + "\n";
        try {
            OwnerFile.replace(file, text.getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            Files.delete(file); // or a second attempt would find it in its way
            throw e;
        }
        byte[] encoded = pair.getPublic().getEncoded();
        return Bytes.of(Arrays.copyOfRange(encoded, encoded.length - KEY_BYTES, encoded.length));
    }

    static LockFile read(Path file) throws IOException {
        if (Files.size(file) > MAX_BYTES) {
            throw noKey(file, null);
        }
        String text = Files.readString(file).strip();
        if (!text.startsWith(BEGIN) || !text.endsWith(END)) {
            throw noKey(file, null);
        }
        String base64 = text.substring(BEGIN.length(), text.length() - END.length());
        try {
            byte[] encoded = Base64.getMimeDecoder().decode(base64);
            return new LockFile(
                    KeyFactory.getInstance("Ed25519")
                            .generatePrivate(new PKCS8EncodedKeySpec(encoded)));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw noKey(file, e);
        }
    }

    private static IOException noKey(Path file, Exception cause) {
        return new IOException(
                file + ": this is no Ed25519 private key in PEM: make one with wgj mesh lock",
                cause);
    }

    /** Signs a node with a time that is later than those of all earlier signatures. */
    Bytes sign(String mesh, MapNode node, long timeMs) {
        return LockSignature.sign(key, mesh, node, timeMs).bytes();
    }
}
