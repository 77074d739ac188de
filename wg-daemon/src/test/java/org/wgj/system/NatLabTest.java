// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.wgj.lab.Await;
import org.wgj.lab.Host;

import java.util.List;
import java.util.Locale;

/** The routers of the laboratory are of the kinds that they are called, seen with plain UDP. */
@Tag("root")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NatLabTest {
    private static final String IPV4 = "203.0.113.11 203.0.113.12";
    private static final String IPV6 = "2001:db8:113::11 2001:db8:113::12";

    /** Makes addresses of both families from text. */
    private static final String ADDRESSES =
            """
            use Socket qw(:DEFAULT getaddrinfo getnameinfo);
            sub at { # returns the family and the socket address
                my ($host, $port) = @_;
                my ($error, $found) = getaddrinfo($host, $port, { socktype => SOCK_DGRAM });
                die $error if $error;
                return ($found->{family}, $found->{addr});
            }
            sub bound {
                my ($family, $address) = at(@_);
                socket(my $s, $family, SOCK_DGRAM, 0) or die;
                bind($s, $address) or die;
                return $s;
            }
            """;

    /**
     * Answers from the socket whose number the request begins with, 0 to 3, with the source it saw
     * and the number of the request: two addresses with two ports each, as RFC 5780 wants it.
     */
    private static final String OBSERVER =
            ADDRESSES
                    + """
                    my @sockets;
                    for my $address (@ARGV) {
                        push @sockets, bound($address, 1000), bound($address, 1001);
                    }
                    open(my $ready, ">", "/run/ready-$ARGV[0]"); close($ready);
                    while (1) {
                        my $wanted = "";
                        vec($wanted, fileno($_), 1) = 1 for @sockets;
                        select($wanted, undef, undef, undef);
                        for my $s (@sockets) {
                            next unless vec($wanted, fileno($s), 1);
                            my $from = recv($s, my $request, 2000, 0);
                            my ($error, $address, $port) = getnameinfo($from, 3); # as numbers
                            my ($answers, $id) = $request =~ /^(.)(\\d*)/;
                            send($sockets[$answers], "$address:$port $id", 0, $from);
                        }
                    }
                    """;

    private static final String ASK =
            ADDRESSES
                    + """
                    my @observers = (shift, shift);
                    my $any = $observers[0] =~ /:/ ? "::" : "0.0.0.0";
                    my $s = bound($any, 51820);
                    sub answer {
                        my $wanted = "";
                        vec($wanted, fileno($s), 1) = 1;
                        return "" unless select($wanted, undef, undef, $_[0]);
                        recv($s, my $seen, 100, 0);
                        return $seen;
                    }
                    sub ask { # socket that is asked, socket that answers, bytes to add
                        my ($asked, $answers, $more) = @_;
                        my ($family, $to) = at($observers[int($asked / 2)], 1000 + $asked % 2);
                        my $id = sprintf("%09d", rand(1e9));
                        my $padding = "x" x (($more // 9) - 9);
                        send($s, $answers . $id . $padding, 0, $to) or die "send: $!";
                        while ((my $seen = answer(2)) ne "") {
                            return $seen if $seen =~ s/ $id$//; # not a late answer to another
                        }
                        return "";
                    }
                    """;

    /** Prints which outer ports three destinations see, and from where answers arrive. */
    private static final String CLIENT =
            ASK
                    + """
                    my $first = ask(0, 0);
                    if ($first eq "") { print "blocked"; exit; }
                    my $port = ask(0, 1) eq "" ? "closed" : "open";
                    my $address = ask(0, 2) eq "" ? "closed" : "open";
                    my $second = ask(1, 1);
                    my $third = ask(2, 2);
                    print $first ne $second ? "other" : $first ne $third ? "address" : "same",
                        " $port $address";
                    """;

    /** Prints whether packets of 1,450 bytes are answered, which must not be fragmented or may. */
    private static final String LARGE =
            ASK
                    + """
                    for my $discover (3, 0) { # IP_PMTUDISC_PROBE, IP_PMTUDISC_DONT
                        setsockopt($s, 0, 10, $discover) or die;
                        print ask(0, 0, 1422) eq "" ? "lost " : "answered ";
                    }
                    """;

    /** Writes down where it is seen, and what arrives there afterwards. */
    private static final String LISTENER =
            ASK
                    + """
                    open(my $seen, ">", "/run/seen.new");
                    print $seen ask(0, 0);
                    close($seen);
                    rename("/run/seen.new", "/run/seen");
                    open(my $heard, ">", "/run/heard");
                    print $heard answer(60);
                    close($heard);
                    """;

    @RegisterExtension final Lab lab = new Lab();

    private NatLab net;

    @BeforeAll
    void observe() {
        net = new NatLab(lab);
        Host observer = net.host("observer", 11);
        observer.address("eth0", "203.0.113.12/24");
        net.ipv6(observer, 11);
        observer.address("eth0", "2001:db8:113::12/64");
        String script = observer.file("observer.pl", OBSERVER);
        for (String addresses : List.of(IPV4, IPV6)) {
            observer.sh("perl %s %s </dev/null >>/run/observer.log 2>&1 &", script, addresses);
            String ready = "test -e /run/ready-" + addresses.substring(0, addresses.indexOf(' '));
            Await.until("the observer", () -> observer.run(ready).exit() == 0);
        }
    }

    /**
     * The port that all destinations see, whether another port and another address may send. A
     * router whose own ports are open remembers those senders, and then chooses other ports.
     */
    @ParameterizedTest
    @CsvSource({
        "OPEN, same open open",
        "OPEN_6, same open open",
        "FULL_CONE, same open open",
        "ADDRESS_RESTRICTED, same open closed",
        "PORT_RESTRICTED, same closed closed",
        "OTHER_PORTS, same closed closed",
        "OPEN_PORTS, other closed closed",
        "ADDRESS_DEPENDENT, address closed closed",
        "SYMMETRIC, other closed closed",
        "SEQUENTIAL, other closed closed",
        "FORWARDED, same open open",
        "SHORT_TIMERS, same closed closed",
        "CARRIER, same closed closed",
        "SMALL_MTU, same closed closed",
        "SMALL_MTU_SYMMETRIC, other closed closed",
        "FIREWALL_6, same closed closed",
        "SYMMETRIC_AND_6, other closed closed",
        "PEERS_BLOCKED, same closed closed",
        "BLOCKED, blocked",
    })
    void aRouterIsOfItsKind(NatLab.Router kind, String expected) {
        NatLab.Site site = net.site(kind.name().toLowerCase(Locale.ROOT), kind);
        boolean ipv6 = kind == NatLab.Router.OPEN_6 || kind == NatLab.Router.FIREWALL_6;
        assertEquals(expected, ipv6 ? kindBy6(site) : perl(site.host(), CLIENT, IPV4));
        if (kind == NatLab.Router.SYMMETRIC_AND_6) {
            assertEquals("same closed closed", kindBy6(site));
        }
        if (kind == NatLab.Router.SHORT_TIMERS) {
            String flows = site.routerOrNull().sh("conntrack -L -p udp 2>/dev/null");
            assertTrue(flows.contains("udp"), flows);
            for (String flow : flows.lines().toList()) {
                assertTrue(Integer.parseInt(flow.split(" +")[2]) <= 20, flow);
            }
        }
    }

    /** A new address sends nothing until the kernel knows that no other host has it. */
    private static String kindBy6(NatLab.Site site) {
        String found = perl(site.host(), CLIENT, IPV6);
        for (int i = 0; i < 5 && found.equals("blocked"); i++) {
            found = perl(site.host(), CLIENT, IPV6);
        }
        return found;
    }

    private static String perl(Host host, String script, String addresses) {
        return host.sh("perl %s %s", host.file("script.pl", script), addresses).strip();
    }

    /** A router of a small link drops what may not be fragmented, and does not say so. */
    @ParameterizedTest
    @CsvSource({
        "PORT_RESTRICTED, answered answered",
        "SMALL_MTU, lost answered",
        "SMALL_MTU_SYMMETRIC, lost answered"
    })
    void longPacketsPassASmallLinkInFragmentsOnly(NatLab.Router kind, String expected) {
        NatLab.Site site = net.site("long-" + kind.name().toLowerCase(Locale.ROOT), kind);
        assertEquals(expected, perl(site.host(), LARGE, IPV4));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void neighboursReachEachOtherByTheirRoutersAddressIfItLetsThem(boolean hairpin) {
        List<NatLab.Site> both = net.neighbours("hairpin-" + hairpin, hairpin);
        Host one = both.get(0).host();
        Host two = both.get(1).host();
        two.sh("perl %s %s </dev/null 2>&1 &", two.file("listener.pl", LISTENER), IPV4);
        Await.until("a mapping", () -> two.run("test -e /run/seen").exit() == 0);
        String[] seen = two.sh("cat /run/seen").split(":");
        assertEquals(both.getFirst().address(), seen[0]);
        String say = "bash -c 'echo -n hello >/dev/udp/%s/%s'".formatted(seen[0], seen[1]);
        one.sh(say);
        one.run("bash -c 'echo -n lost >/dev/udp/192.168.2.2/51820'");
        if (hairpin) {
            Await.until("hello", () -> two.sh("cat /run/heard").equals("hello"));
        } else {
            one.sh("sleep 1");
            assertEquals("", two.sh("cat /run/heard"));
        }
    }
}
