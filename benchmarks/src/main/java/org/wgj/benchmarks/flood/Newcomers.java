// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.flood;

import org.wgj.benchmarks.lab.Client;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * A process of new peers that call one after the other. It prints how many seconds each took to its
 * session, and nothing for those without one.
 *
 * <p>Arguments: the victim's public key and address, seconds to wait at most. Each line of its
 * input is a private key.
 */
final class Newcomers {
    private static final long APART_NS = 300_000_000L;
    private static final long PAUSE_NS = 1_000_000L;

    private Newcomers() {}

    public static void main(String[] arguments) throws IOException {
        PublicKey victim = PublicKey.fromBase64(arguments[0]);
        InetSocketAddress there = new InetSocketAddress(arguments[1], 51_820);
        long patienceNs = Integer.parseInt(arguments[2]) * 1_000_000_000L;
        List<String> keys;
        try (BufferedReader in =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII))) {
            keys = in.lines().toList();
        }
        List<Client> newcomers = new ArrayList<>();
        long beginNs = System.nanoTime();
        long elapsedNs = 0;
        while ((newcomers.size() < keys.size() || !newcomers.stream().allMatch(Client::isIn))
                && elapsedNs < patienceNs) {
            if (newcomers.size() < keys.size() && elapsedNs >= newcomers.size() * APART_NS) {
                PrivateKey key = PrivateKey.fromBase64(keys.get(newcomers.size()));
                newcomers.add(new Client(key, null, victim, there));
            }
            for (Client newcomer : newcomers) {
                newcomer.turn();
            }
            LockSupport.parkNanos(PAUSE_NS);
            elapsedNs = System.nanoTime() - beginNs;
        }
        for (Client newcomer : newcomers) {
            if (newcomer.isIn()) {
                System.out.println(newcomer.seconds());
            }
            newcomer.close();
        }
    }
}
