// SPDX-License-Identifier: Apache-2.0
package org.wgj.examples.net;

import org.wgj.netstack.TunnelNet;

import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisSocketFactory;
import redis.clients.jedis.exceptions.JedisConnectionException;

import java.io.IOException;
import java.time.Duration;

/**
 * Shows Redis through Jedis, whose factory makes connected sockets.
 *
 * <p>Its argument is the port of a server on loopback. It prints:
 *
 * <pre>
 * greeting = hello
 * a value of 1000000 bytes came back
 * </pre>
 */
public final class Redis {
    private Redis() {}

    public static void main(String[] arguments) throws IOException {
        try (Office office = Office.open()) {
            office.publish(6379, Postgres.server(arguments[0]));
            TunnelNet net = office.net();
            // begin
            JedisSocketFactory sockets =
                    () -> {
                        try {
                            return net.connect("server.office", 6379, Duration.ofSeconds(10));
                        } catch (IOException e) {
                            throw new JedisConnectionException(e);
                        }
                    };
            try (Jedis redis = new Jedis(sockets)) {
                redis.set("greeting", "hello");
                System.out.println("greeting = " + redis.get("greeting"));
            }
            // end
            checkLargeValue(sockets);
        }
    }

    private static void checkLargeValue(JedisSocketFactory sockets) {
        String large = "x".repeat(1_000_000);
        try (Jedis redis = new Jedis(sockets)) {
            redis.set("large", large);
            boolean isEqual = redis.get("large").equals(large);
            System.out.printf(
                    "a value of %d bytes %s%n",
                    large.length(), isEqual ? "came back" : "was changed");
        }
    }
}
