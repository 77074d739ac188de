// SPDX-License-Identifier: Apache-2.0
package org.wgj.demo;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * A web server with a page at {@code /} and bytes without end at {@code /bytes}. Each connection
 * has a thread of its own and serves one request.
 */
final class DemoWeb {
    static final String PAGE = "/";
    static final String BYTES = "/bytes";

    private static final int MOST_HEAD_BYTES = 8192;
    private static final int CHUNK = 64 << 10;
    private static final int TIMEOUT_MS = 5_000;

    private final ServerSocket listening;
    private final String page;

    private DemoWeb(ServerSocket listening, String page) {
        this.listening = listening;
        this.page = page;
    }

    /**
     * Serves until the socket is closed.
     *
     * @param page the text of the page
     */
    static void start(ServerSocket listening, String page) {
        DemoWeb web = new DemoWeb(listening, page);
        Thread.ofVirtual().name("web").start(web::accept);
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                Socket client = listening.accept();
                Thread.ofVirtual().name("web-client").start(() -> serve(client));
            } catch (IOException e) {
                return; // the network is closed
            }
        }
    }

    private void serve(Socket client) {
        try (client) {
            client.setSoTimeout(TIMEOUT_MS);
            String path = path(new BufferedInputStream(client.getInputStream()));
            OutputStream out = client.getOutputStream();
            switch (path) {
                case PAGE -> {
                    byte[] body = page.getBytes(StandardCharsets.UTF_8);
                    head(out, "200 OK", "text/plain; charset=utf-8", body.length);
                    out.write(body);
                }
                case BYTES -> {
                    head(out, "200 OK", "application/octet-stream", -1);
                    for (byte[] chunk = new byte[CHUNK]; ; ) {
                        out.write(chunk); // until the client closes the connection
                    }
                }
                default -> head(out, "404 Not Found", "text/plain", 0);
            }
        } catch (IOException e) {
            // The client is gone, or has sent no request.
        }
    }

    private static void head(OutputStream out, String status, String type, int length)
            throws IOException {
        String text =
                "HTTP/1.1 "
                        + status
                        + "\r\nContent-Type: "
                        + type
                        + (length < 0 ? "" : "\r\nContent-Length: " + length)
                        + "\r\nConnection: close\r\n\r\n";
        out.write(text.getBytes(StandardCharsets.US_ASCII));
    }

    /** Reads the head of a request to its end and returns its path. */
    private static String path(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0 || head.length() >= MOST_HEAD_BYTES) {
                throw new IOException("no request");
            }
            head.append((char) next);
        }
        String[] words = head.toString().split(" ", 3);
        return words.length == 3 && words[0].equals("GET") ? words[1] : "";
    }
}
