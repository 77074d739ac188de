// SPDX-License-Identifier: Apache-2.0
package org.wgj.examples.net;

import org.wgj.netstack.TunnelNet;

import java.io.File;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;

/**
 * Shows TLS inside a tunnel: an {@code SSLSocket} over a socket of the tunnel. The client checks
 * that the certificate is for the name it connected to.
 *
 * <p>Its argument is a key store with the password "changeit" that has a key and certificate for
 * "server.office". It prints: {@code TLSv1.3: a secret}
 */
public final class TlsOverTunnel {
    private static final char[] PASSWORD = "changeit".toCharArray();

    private TlsOverTunnel() {}

    public static void main(String[] arguments) throws Exception {
        SSLContext context = context(new File(arguments[0]));
        try (Office office = Office.open();
                ServerSocket listener = office.gateway().listen(443)) {
            Thread.startVirtualThread(() -> serve(listener, context));
            TunnelNet net = office.net();
            // begin
            Socket plain = net.connect("server.office", 443, Duration.ofSeconds(10));
            SSLSocketFactory tls = context.getSocketFactory();
            try (var socket = (SSLSocket) tls.createSocket(plain, "server.office", 443, true)) {
                SSLParameters parameters = socket.getSSLParameters();
                parameters.setEndpointIdentificationAlgorithm("HTTPS");
                socket.setSSLParameters(parameters);
                byte[] secret = socket.getInputStream().readAllBytes();
                String protocol = socket.getSession().getProtocol();
                System.out.println(protocol + ": " + new String(secret, StandardCharsets.UTF_8));
            }
            // end
        }
    }

    private static void serve(ServerSocket listener, SSLContext context) {
        try (SSLSocket client =
                (SSLSocket)
                        context.getSocketFactory().createSocket(listener.accept(), null, true)) {
            client.getOutputStream().write("a secret".getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            System.out.println("the server failed: " + e);
        }
    }

    private static SSLContext context(File file) throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance(file, PASSWORD);
        KeyManagerFactory keys =
                KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, PASSWORD);
        TrustManagerFactory trust =
                TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }
}
