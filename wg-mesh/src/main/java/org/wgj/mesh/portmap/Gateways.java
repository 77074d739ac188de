// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.portmap;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** Finds the router that may be asked for a mapping. */
public final class Gateways {
    private static final Path ROUTES = Path.of("/proc/net/route");
    private static final int UP_AND_GATEWAY = 3;

    private Gateways() {}

    /**
     * Finds the default router, if it is worth asking.
     *
     * @param local the addresses of this machine
     * @return empty if there is none, it has a public address, or this machine has one: then no
     *     port needs to be mapped
     * @throws IOException if the routes cannot be read
     */
    public static Optional<InetAddress> toAsk(Collection<InetAddress> local) throws IOException {
        return toAsk(Files.readAllLines(ROUTES), local);
    }

    /**
     * Chooses from the lines of {@code /proc/net/route}: interface, destination, gateway, flags,
     * reference count, use, metric, mask; addresses in hexadecimal, in the machine's byte order.
     */
    static Optional<InetAddress> toAsk(List<String> routes, Collection<InetAddress> local) {
        if (local.stream().anyMatch(PortMapping::isPublic)) {
            return Optional.empty();
        }
        InetAddress best = null;
        long bestMetric = Long.MAX_VALUE;
        for (String line : routes) {
            String[] fields = line.trim().split("\\s+");
            if (fields.length < 8 || !fields[1].equals("00000000")) {
                continue; // the heading, or no default route
            }
            boolean usable =
                    (Integer.parseInt(fields[3], 16) & UP_AND_GATEWAY) == UP_AND_GATEWAY
                            && fields[7].equals("00000000");
            long metric = Long.parseLong(fields[6]);
            if (usable && metric < bestMetric) {
                best = address(fields[2]);
                bestMetric = metric;
            }
        }
        return Optional.ofNullable(best)
                .filter(gateway -> !PortMapping.isPublic(gateway) && !gateway.isAnyLocalAddress());
    }

    private static InetAddress address(String littleEndianHex) {
        byte[] bytes = HexFormat.of().parseHex(littleEndianHex);
        try {
            return InetAddress.getByAddress(new byte[] {bytes[3], bytes[2], bytes[1], bytes[0]});
        } catch (UnknownHostException e) {
            throw new AssertionError(e); // 4 bytes always are an address
        }
    }
}
