// SPDX-License-Identifier: Apache-2.0
package org.wgj.demo;

import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.netstack.TunnelNet;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;

/**
 * Side b of the demo, in a process of its own. It is told what to do by lines, and answers by
 * lines: first come its private key and the key of a, and it says its UDP port; {@code ping} makes
 * it ping a; {@code status} is answered by a line. The end of the input ends it.
 */
public final class DemoPeer {
    static final String PING = "ping";
    static final String STATUS = "status";
    static final String DONE = "done";

    private DemoPeer() {}

    /**
     * Runs until the end of the input.
     *
     * @param in from side a
     * @param out to side a
     * @throws IOException if the tunnel fails or a ping is not answered
     */
    public static void run(BufferedReader in, PrintWriter out) throws IOException {
        PrivateKey key = PrivateKey.fromBase64(line(in));
        PublicKey peer = PublicKey.fromBase64(line(in));
        try (TunnelNet net = DemoNet.open("b", DemoNet.B, key, peer, DemoNet.A, null)) {
            key.wipe();
            DemoWeb.start(
                    net.listen(DemoNet.WEB_PORT),
                    "hello from process "
                            + ProcessHandle.current().pid()
                            + " at 10.0.0.2, which only the tunnel reaches\n");
            out.println(DemoNet.port(net));
            out.flush();
            for (String word = in.readLine(); word != null; word = in.readLine()) {
                switch (word) {
                    case PING -> DemoNet.ping(net, DemoNet.A, out::println);
                    case STATUS -> out.println(DemoNet.describe("b", net));
                    default -> throw new IOException("side a says " + word);
                }
                out.println(DONE);
                out.flush();
            }
        }
    }

    private static String line(BufferedReader in) throws IOException {
        String line = in.readLine();
        if (line == null) {
            throw new IOException("this process is only for \"wgj demo\", which starts it");
        }
        return line;
    }
}
