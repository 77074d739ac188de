// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.net.Socket;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.concurrent.atomic.AtomicReference;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/** Tests TLS to the proxy with keys as openssl(1) writes them. */
class TlsFilesTest {
    private static Path file(String name) throws URISyntaxException {
        return Path.of(TlsFilesTest.class.getResource(name).toURI());
    }

    /** Remembers the server's name in its certificate; validity in time is no concern here. */
    private static SSLContext client(AtomicReference<String> subject)
            throws GeneralSecurityException {
        X509TrustManager trust =
                new X509TrustManager() {
                    @Override
                    public void checkClientTrusted(X509Certificate[] chain, String type)
                            throws CertificateException {
                        throw new CertificateException();
                    }

                    @Override
                    public void checkServerTrusted(X509Certificate[] chain, String type) {
                        subject.set(chain[0].getSubjectX500Principal().getName());
                    }

                    @Override
                    public X509Certificate[] getAcceptedIssuers() {
                        return new X509Certificate[0];
                    }
                };
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {trust}, null);
        return context;
    }

    @ParameterizedTest
    @CsvSource({
        "rsa.crt, rsa.key",
        "rsa.crt, rsa-pkcs1.key",
        "ec.crt, ec.key",
        "ec.crt, ec-sec1.key"
    })
    void aClientTunnelsThroughTlsAndEndsItsDirection(String certificate, String key)
            throws Exception {
        SSLContext tls = TlsFiles.server(file(certificate), file(key));
        AtomicReference<String> subject = new AtomicReference<>();
        try (RunningProxy proxy =
                        new RunningProxy(new HttpHandler(new TestDialer(), null, tls, null));
                TestServer server = TestServer.answersAtTheEnd();
                Socket plain = proxy.connect();
                SSLSocket socket =
                        (SSLSocket)
                                client(subject)
                                        .getSocketFactory()
                                        .createSocket(plain, "localhost", 443, true)) {
            String request = "CONNECT inside.test:" + server.port() + " HTTP/1.1\r\n\r\nx";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            socket.shutdownOutput();
            String all =
                    new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            assertTrue(all.endsWith("\r\n\r\ngot 1: x"), all);
            assertEquals("CN=localhost", subject.get());
        }
    }

    @Test
    void aKeyOfAnotherCertificateIsReportedWithItsFile() throws Exception {
        Path key = file("ec.key");
        Path certificate = file("rsa.crt");
        IOException e = assertThrows(IOException.class, () -> TlsFiles.server(certificate, key));
        assertTrue(e.getMessage().contains("ec.key: not the private key of"), e.getMessage());
        e = assertThrows(IOException.class, () -> TlsFiles.server(key, key));
        assertTrue(e.getMessage().contains("ec.key"), e.getMessage());
        e = assertThrows(IOException.class, () -> TlsFiles.server(certificate, certificate));
        assertTrue(e.getMessage().contains("no private key in PEM"), e.getMessage());
    }
}
