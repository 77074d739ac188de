// SPDX-License-Identifier: Apache-2.0
package org.wgj.demo;

import org.wgj.netstack.ProxyAccess;

import java.io.DataInputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Reaches hosts by a SOCKS5 proxy (RFC 1928, RFC 1929): with curl, or without. */
final class SocksFetch {
    private static final int TIMEOUT_MS = 10_000;
    private static final int VERSION = 5;
    private static final int BY_PASSWORD = 2;
    private static final int CONNECT = 1;
    private static final int IPV4 = 1;

    private SocksFetch() {}

    /** Prints a page, fetched by curl if it is installed. */
    static void page(ProxyAccess socks, String page, Consumer<String> out) throws IOException {
        if (hasCurl()) {
            out.accept(
                    "==> curl --proxy socks5h://wgj:PASSWORD@127.0.0.1:"
                            + socks.address().getPort()
                            + " "
                            + page);
            out.accept("    " + byCurl(socks, page));
        } else {
            out.accept("==> " + page + " through the SOCKS5 proxy (there is no curl here)");
            out.accept("    " + bySocket(socks, page));
        }
    }

    private static boolean hasCurl() {
        String path = System.getenv("PATH");
        return path != null
                && Arrays.stream(path.split(File.pathSeparator))
                        .anyMatch(folder -> Files.isExecutable(Path.of(folder, "curl")));
    }

    /** The password goes through standard input, where other users do not see it. */
    private static String byCurl(ProxyAccess socks, String page) throws IOException {
        Process curl =
                new ProcessBuilder(
                                "curl", "--silent", "--show-error", "--max-time", "10", "-K", "-")
                        .redirectErrorStream(true)
                        .start();
        try (var settings = curl.outputWriter(StandardCharsets.UTF_8)) {
            settings.write(
                    "proxy = \"socks5h://127.0.0.1:%d\"\nproxy-user = \"%s:%s\"\nurl = \"%s\"\n"
                            .formatted(
                                    socks.address().getPort(),
                                    socks.username(),
                                    socks.password(),
                                    page));
        }
        String text;
        try (var answer = curl.getInputStream()) {
            text = new String(answer.readAllBytes(), StandardCharsets.UTF_8).strip();
        }
        try {
            if (!curl.waitFor(TIMEOUT_MS, TimeUnit.MILLISECONDS) || curl.exitValue() != 0) {
                curl.destroyForcibly();
                throw new IOException("the demo failed: " + text);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while curl ran", e);
        }
        return text;
    }

    private static String bySocket(ProxyAccess socks, String page) throws IOException {
        URI uri = URI.create(page);
        InetAddress host = InetAddress.ofLiteral(uri.getHost());
        try (Socket socket = connect(socks, host, DemoNet.WEB_PORT)) {
            socket.setSoTimeout(TIMEOUT_MS);
            String request =
                    "GET " + uri.getPath() + " HTTP/1.1\r\nHost: " + uri.getHost() + "\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            String answer =
                    new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!answer.startsWith("HTTP/1.1 200 ")) {
                throw new IOException("the demo failed: the server answered " + answer);
            }
            return answer.substring(answer.indexOf("\r\n\r\n") + 4).strip();
        }
    }

    /**
     * Connects to a host behind the proxy. Not by the JDK's SOCKS sockets: these take a password
     * only from the Authenticator of the whole JVM.
     */
    static Socket connect(ProxyAccess socks, InetAddress ipv4, int port) throws IOException {
        Socket socket = new Socket();
        try {
            socket.setSoTimeout(TIMEOUT_MS);
            socket.connect(socks.address(), TIMEOUT_MS);
            OutputStream out = socket.getOutputStream();
            DataInputStream in = new DataInputStream(socket.getInputStream());
            out.write(new byte[] {VERSION, 1, BY_PASSWORD});
            expect(in, VERSION, BY_PASSWORD);
            byte[] user = socks.username().getBytes(StandardCharsets.UTF_8);
            byte[] password = socks.password().getBytes(StandardCharsets.UTF_8);
            byte[] login = new byte[3 + user.length + password.length];
            login[0] = 1;
            login[1] = (byte) user.length;
            System.arraycopy(user, 0, login, 2, user.length);
            login[2 + user.length] = (byte) password.length;
            System.arraycopy(password, 0, login, 3 + user.length, password.length);
            out.write(login);
            expect(in, 1, 0);
            byte[] to = ipv4.getAddress();
            out.write(
                    new byte[] {
                        VERSION,
                        CONNECT,
                        0,
                        IPV4,
                        to[0],
                        to[1],
                        to[2],
                        to[3],
                        (byte) (port >>> 8),
                        (byte) port
                    });
            expect(in, VERSION, 0);
            in.skipNBytes(8); // the rest of an answer with an IPv4 address
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    private static void expect(DataInputStream in, int first, int second) throws IOException {
        if (in.readUnsignedByte() != first || in.readUnsignedByte() != second) {
            throw new IOException("the demo failed: the SOCKS5 proxy refused");
        }
    }
}
