// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.limits;

import org.wgj.benchmarks.lab.Client;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A process of many peers that all call at once, as after a restart of the called peer, and then
 * keep their sessions. It prints "up N SECONDS" when the last of N has one, or its patience ends
 * with N that have; it ends with its input.
 *
 * <p>Arguments: the other's public key and address, how many peers, seconds to wait at most. The
 * first lines of its input are their private keys.
 */
final class Crowd {
    private static final long SCAN_MS = 50;

    private Crowd() {}

    public static void main(String[] arguments) throws IOException {
        PublicKey other = PublicKey.fromBase64(arguments[0]);
        InetSocketAddress there = new InetSocketAddress(arguments[1], 51_820);
        int count = Integer.parseInt(arguments[2]);
        long patienceNs = Integer.parseInt(arguments[3]) * 1_000_000_000L;
        BufferedReader in =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        List<PrivateKey> keys = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            keys.add(PrivateKey.fromBase64(in.readLine()));
        }
        Thread.ofPlatform().start(() -> endWith(in));

        Selector selector = Selector.open();
        List<Client> clients = new ArrayList<>();
        long beginNs = System.nanoTime();
        for (int i = 0; i < count; i++) {
            InetAddress here = InetAddress.ofLiteral(Roster.address(i));
            Client client = new Client(keys.get(i), here, other, there);
            client.register(selector);
            clients.add(client);
        }
        boolean told = false;
        while (true) {
            selector.select(Crowd::turn, SCAN_MS);
            clients.forEach(Client::handleTimeouts);
            if (!told) {
                long up = clients.stream().filter(Client::isIn).count();
                long elapsedNs = System.nanoTime() - beginNs;
                told = up == count || elapsedNs > patienceNs;
                if (told) {
                    System.out.printf(Locale.ROOT, "up %d %.3f%n", up, elapsedNs / 1e9);
                }
            }
        }
    }

    private static void turn(SelectionKey key) {
        try {
            ((Client) key.attachment()).turn();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void endWith(BufferedReader in) {
        try {
            in.readLine();
        } catch (IOException e) {
            // as good as its end
        }
        System.exit(0);
    }
}
