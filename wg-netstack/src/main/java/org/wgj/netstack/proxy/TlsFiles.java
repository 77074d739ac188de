// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * Makes the TLS context of a server from its certificates and its private key in PEM files, as
 * other servers take them: PKCS #8, and the older PKCS #1 (RSA) and SEC 1 (EC).
 */
public final class TlsFiles {
    private static final Pattern PEM =
            Pattern.compile(
                    "-----BEGIN ((?:RSA |EC |ENCRYPTED )?PRIVATE"
                            + " KEY)-----([A-Za-z0-9+/=\\s]+)-----END");

    private static final byte[] VERSION_0 = {2, 1, 0};

    /** AlgorithmIdentifier rsaEncryption with NULL (RFC 8017). */
    private static final byte[] RSA = {
        0x30, 0x0d, 6, 9, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 0x0d, 1, 1, 1, 5, 0
    };

    /** id-ecPublicKey (RFC 5480), before the curve. */
    private static final byte[] EC_ID = {6, 7, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 2, 1};

    private static final int SEQUENCE = 0x30;
    private static final int OCTET_STRING = 4;

    /** The tag of the curve in an ECPrivateKey (RFC 5915). */
    private static final int PARAMETERS = 0xa0;

    private TlsFiles() {}

    /**
     * Reads both files.
     *
     * @param certificates the server's certificate, then those of its issuers
     * @param key the private key of the first certificate, not encrypted
     * @return a context for the server's side
     * @throws IOException if a file cannot be read, or they do not fit together
     */
    public static SSLContext server(Path certificates, Path key) throws IOException {
        List<X509Certificate> chain = chain(certificates);
        byte[] bytes = Files.readAllBytes(key);
        try {
            PrivateKey privateKey = privateKey(key, bytes, chain.getFirst());
            char[] none = {};
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, none);
            store.setKeyEntry("server", privateKey, none, chain.toArray(new Certificate[0]));
            KeyManagerFactory managers =
                    KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            managers.init(store, none);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(managers.getKeyManagers(), null, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException(key + ": not the private key of " + certificates, e);
        } finally {
            Arrays.fill(bytes, (byte) 0);
        }
    }

    private static List<X509Certificate> chain(Path file) throws IOException {
        try {
            CertificateFactory factory = CertificateFactory.getInstance("X.509");
            List<X509Certificate> chain =
                    factory
                            .generateCertificates(
                                    new ByteArrayInputStream(Files.readAllBytes(file)))
                            .stream()
                            .map(X509Certificate.class::cast)
                            .toList();
            if (chain.isEmpty()) {
                throw new IOException(file + ": there is no certificate in it");
            }
            return chain;
        } catch (GeneralSecurityException e) {
            throw new IOException(file + ": not certificates in PEM", e);
        }
    }

    private static PrivateKey privateKey(Path file, byte[] bytes, X509Certificate certificate)
            throws IOException, GeneralSecurityException {
        Matcher pem = PEM.matcher(new String(bytes, StandardCharsets.ISO_8859_1));
        if (!pem.find()) {
            throw new IOException(file + ": there is no private key in PEM in it");
        }
        byte[] content = Base64.getMimeDecoder().decode(pem.group(2));
        byte[] pkcs8 =
                switch (pem.group(1)) {
                    case "RSA PRIVATE KEY" ->
                            der(SEQUENCE, VERSION_0, RSA, der(OCTET_STRING, content));
                    case "EC PRIVATE KEY" -> fromSec1(file, content);
                    case "ENCRYPTED PRIVATE KEY" ->
                            throw new IOException(
                                    file
                                            + ": the private key is encrypted; decrypt it with:"
                                            + " openssl pkey");
                    default -> content;
                };
        try {
            return KeyFactory.getInstance(certificate.getPublicKey().getAlgorithm())
                    .generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
        } finally {
            Arrays.fill(content, (byte) 0);
            Arrays.fill(pkcs8, (byte) 0);
        }
    }

    /** The curve stands within the old form, and before the key in the new one. */
    private static byte[] fromSec1(Path file, byte[] key) throws IOException {
        byte[] curve = element(key, PARAMETERS);
        if (curve == null) {
            throw new IOException(file + ": the private key does not name its curve");
        }
        byte[] algorithm = der(SEQUENCE, EC_ID, curve);
        return der(SEQUENCE, VERSION_0, algorithm, der(OCTET_STRING, key));
    }

    /** Returns the content of the element of this tag in a sequence; null if there is none. */
    private static byte[] element(byte[] sequence, int tag) {
        int[] at = header(sequence, 0);
        int end = at == null ? 0 : at[0] + at[1];
        int position = at == null ? 0 : at[0];
        while (position < end) {
            int[] inner = header(sequence, position);
            if (inner == null) {
                return null;
            }
            if ((sequence[position] & 0xff) == tag) {
                return Arrays.copyOfRange(sequence, inner[0], inner[0] + inner[1]);
            }
            position = inner[0] + inner[1];
        }
        return null;
    }

    /** Returns where the content of an element begins, and its length; null if there is none. */
    private static int[] header(byte[] bytes, int position) {
        if (position + 2 > bytes.length) {
            return null;
        }
        int length = bytes[position + 1] & 0xff;
        int begin = position + 2;
        if (length > 0x7f) {
            int more = length & 0x7f;
            length = 0;
            for (int i = 0; i < more && more <= 2 && begin < bytes.length; i++) {
                length = length << 8 | bytes[begin++] & 0xff;
            }
        }
        return begin + length > bytes.length ? null : new int[] {begin, length};
    }

    private static byte[] der(int tag, byte[]... contents) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        int length = 0;
        for (byte[] each : contents) {
            length += each.length;
        }
        all.write(tag);
        if (length > 0xff) {
            all.write(0x82);
            all.write(length >>> 8);
        } else if (length > 0x7f) {
            all.write(0x81);
        }
        all.write(length);
        for (byte[] each : contents) {
            all.writeBytes(each);
        }
        return all.toByteArray();
    }
}
