// SPDX-License-Identifier: Apache-2.0
package org.wgj.proxy;

import org.wgj.netstack.proxy.Connection;
import org.wgj.netstack.proxy.ConnectionHandler;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;

/**
 * Answers {@code GET /readyz} and {@code GET /metrics} as wireproxy's {@code --info} does: when the
 * addresses of CheckAlive have answered, and what {@code wg} shows, without any secret.
 */
final class InfoHandler implements ConnectionHandler {
    private static final int MAX_HEAD = 8192;

    private final Supplier<AliveChecks> checks;
    private final Supplier<String> metrics;

    InfoHandler(Supplier<AliveChecks> checks, Supplier<String> metrics) {
        this.checks = checks;
        this.metrics = metrics;
    }

    @Override
    public void serve(Connection connection) throws IOException {
        String line = requestLine(connection.client().getInputStream());
        String[] words = line.split(" ");
        String path = words.length == 3 ? words[1].split("\\?")[0] : "";
        String response;
        if (words.length != 3 || !words[2].startsWith("HTTP/1.")) {
            response = response("400 Bad Request", "text/plain", "");
        } else if (!words[0].equals("GET") && !words[0].equals("HEAD")) {
            response = response("405 Method Not Allowed", "text/plain", "");
        } else if (path.equals("/readyz")) {
            AliveChecks now = checks.get();
            response =
                    response(
                            now.isReady() ? "200 OK" : "503 Service Unavailable",
                            "application/json",
                            now.json());
        } else if (path.equals("/metrics")) {
            response = response("200 OK", "text/plain", metrics.get());
        } else {
            response = response("404 Not Found", "text/plain", "404 page not found\n");
        }
        if (words[0].equals("HEAD")) {
            response = response.substring(0, response.indexOf("\r\n\r\n") + 4);
        }
        connection.client().getOutputStream().write(response.getBytes(StandardCharsets.UTF_8));
        connection.client().shutdownOutput();
    }

    private static String response(String status, String type, String body) {
        return "HTTP/1.1 "
                + status
                + "\r\nContent-Type: "
                + type
                + "\r\nContent-Length: "
                + body.getBytes(StandardCharsets.UTF_8).length
                + "\r\nConnection: close\r\n\r\n"
                + body;
    }

    /** Reads the whole head, so that closing does not reset the connection, and returns a line. */
    private static String requestLine(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0 && head.indexOf("\n\n") < 0) {
            int next = in.read();
            if (next < 0 || head.length() >= MAX_HEAD) {
                return "";
            }
            head.append((char) next);
        }
        return head.substring(0, head.indexOf("\n")).strip();
    }
}
