// SPDX-License-Identifier: Apache-2.0
package org.wgj.examples.net;

import com.sun.net.httpserver.HttpServer;

import org.wgj.netstack.TunnelNet;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;

/**
 * Shows {@code java.net.http.HttpClient}, which takes no socket factory: it gets a proxy in this
 * process instead, which resolves names in the tunnel.
 *
 * <p>It prints: {@code 200: this is the office}
 */
public final class JdkHttpClient {
    private JdkHttpClient() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        HttpServer server = startServer();
        try (Office office = Office.open()) {
            office.publish(80, server.getAddress());
            TunnelNet net = office.net();
            // begin
            try (HttpClient client = HttpClient.newBuilder().proxy(net.proxySelector()).build()) {
                HttpRequest request =
                        HttpRequest.newBuilder(URI.create("http://server.office/")).build();
                var response = client.send(request, BodyHandlers.ofString());
                System.out.println(response.statusCode() + ": " + response.body());
            }
            // end
        } finally {
            server.stop(0);
        }
    }

    /** A web server on loopback, as on a host of the office. */
    static HttpServer startServer() throws IOException {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        HttpServer server = HttpServer.create(new InetSocketAddress(loopback, 0), 0);
        server.createContext(
                "/",
                exchange -> {
                    byte[] body = "this is the office".getBytes();
                    exchange.sendResponseHeaders(200, body.length);
                    exchange.getResponseBody().write(body);
                    exchange.close();
                });
        server.start();
        return server;
    }
}
