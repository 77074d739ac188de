// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.collect;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import org.wgj.doctor.observation.Observation.Clock;
import org.wgj.doctor.observation.Observation.Host;
import org.wgj.doctor.observation.Observation.Link;
import org.wgj.doctor.observation.Observation.Outgoing;
import org.wgj.doctor.observation.Sysctls;
import org.wgj.tun.linux.Libc;
import org.wgj.tun.linux.LinkState;
import org.wgj.tun.linux.Route;
import org.wgj.tun.linux.RtNetlink;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;

/** Observes this machine. Changes nothing. */
final class HostObserver {
    private static final Path PROC = Path.of("/proc");

    /* struct timex of linux/timex.h, which begins with an int and four longs */
    private static final int TIMEX_LENGTH = 256; // 208, and some room
    private static final int TIMEX_STATUS = 40;
    private static final int STA_UNSYNC = 0x40;
    private static final int TIME_ERROR = 5;

    private static final Path TUN = Path.of("/dev/net/tun");
    private static final String BOUNDING_SET = "CapBnd:";
    private static final int CAP_NET_ADMIN = 12; // linux/capability.h

    private HostObserver() {}

    /** Returns why not even root can make an interface here; null if it can, or that is unknown. */
    static String noInterfaces(Path proc, Path tun) {
        if (Files.notExists(tun)) {
            return "there is no " + tun;
        }
        try {
            for (String line : Files.readAllLines(proc.resolve("self/status"))) {
                if (line.startsWith(BOUNDING_SET)) {
                    String set = line.substring(BOUNDING_SET.length()).strip();
                    boolean held = (Long.parseUnsignedLong(set, 16) >>> CAP_NET_ADMIN & 1) != 0;
                    return held ? null : "no process here can get the capability NET_ADMIN";
                }
            }
        } catch (IOException e) {
            // Without /proc the set is unknown.
        }
        return null;
    }

    /**
     * @param ports those whose owners to find
     * @param tunnels all WireGuard interfaces that answer
     */
    static Host look(Set<Integer> ports, Collection<String> tunnels) throws IOException {
        List<Link> links = new ArrayList<>();
        List<Route> routes;
        Outgoing outgoing;
        try (RtNetlink kernel = RtNetlink.open()) {
            for (LinkState link : kernel.links()) {
                links.add(new Link(link, kernel.addresses(link.name())));
            }
            routes = kernel.routes();
            outgoing = OutgoingProbe.look(kernel, links, routes, tunnels);
        }
        return new Host(
                links,
                routes,
                sysctls(links),
                FirewallReader.read(PROC),
                UdpPorts.read(PROC, ports),
                clock(),
                outgoing,
                noInterfaces(PROC, TUN));
    }

    private static Map<String, String> sysctls(List<Link> links) {
        Map<String, String> values = new HashMap<>();
        sysctl(values, Sysctls.OS_RELEASE, "kernel/osrelease");
        sysctl(values, Sysctls.IPV4_FORWARDING, "net/ipv4/ip_forward");
        sysctl(values, Sysctls.IPV6_FORWARDING, "net/ipv6/conf/all/forwarding");
        sysctl(values, Sysctls.VALID_MARK, "net/ipv4/conf/all/src_valid_mark");
        sysctl(values, Sysctls.sourceCheck("all"), "net/ipv4/conf/all/rp_filter");
        for (Link link : links) {
            String name = link.state().name(); // may contain dots
            sysctl(values, Sysctls.sourceCheck(name), "net/ipv4/conf/" + name + "/rp_filter");
            sysctl(values, Sysctls.disableIpv6(name), "net/ipv6/conf/" + name + "/disable_ipv6");
        }
        return values;
    }

    private static void sysctl(Map<String, String> values, String name, String file) {
        try {
            values.put(name, Files.readString(PROC.resolve("sys").resolve(file)).strip());
        } catch (IOException e) {
            // This kernel lacks or hides it; the check that needs it reports that.
        }
    }

    private static Clock clock() {
        return new Clock(Instant.now(), synchronised(), built());
    }

    private static Optional<Boolean> synchronised() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment timex = arena.allocate(TIMEX_LENGTH, Long.BYTES); // modes 0: read only
            int state = Libc.adjtimex(timex.address());
            int status = timex.get(JAVA_INT, TIMEX_STATUS);
            return state < 0
                    ? Optional.empty()
                    : Optional.of(state != TIME_ERROR && (status & STA_UNSYNC) == 0);
        }
    }

    private static Instant built() {
        Properties properties = new Properties();
        try (InputStream in = HostObserver.class.getResourceAsStream("build.properties")) {
            properties.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Instant.parse(properties.getProperty("built"));
    }
}
