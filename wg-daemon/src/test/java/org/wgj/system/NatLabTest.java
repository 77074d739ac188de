// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.wgj.lab.Await;
import org.wgj.lab.Host;

import java.util.Locale;

/** The routers of the laboratory are of the kinds that they are called, seen with plain UDP. */
@Tag("root")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NatLabTest {
    /**
     * Answers from the socket whose number the request has, 0 to 3, with the source it saw: two
     * addresses with two ports each, as RFC 5780 wants it.
     */
    private static final String OBSERVER =
            """
            use Socket;
            my @sockets;
            for my $address ("203.0.113.11", "203.0.113.12") {
                for my $port (1000, 1001) {
                    socket(my $s, PF_INET, SOCK_DGRAM, 0) or die;
                    bind($s, sockaddr_in($port, inet_aton($address))) or die;
                    push @sockets, $s;
                }
            }
            open(my $ready, ">", "/run/ready"); close($ready);
            while (1) {
                my $wanted = "";
                vec($wanted, fileno($_), 1) = 1 for @sockets;
                select($wanted, undef, undef, undef);
                for my $s (@sockets) {
                    next unless vec($wanted, fileno($s), 1);
                    my $from = recv($s, my $number, 100, 0);
                    my ($port, $address) = sockaddr_in($from);
                    send($sockets[$number], inet_ntoa($address) . ":$port", 0, $from);
                }
            }
            """;

    /** Prints which outer ports three destinations see, and from where answers arrive. */
    private static final String CLIENT =
            """
            use Socket;
            socket(my $s, PF_INET, SOCK_DGRAM, 0) or die;
            bind($s, sockaddr_in(51820, INADDR_ANY)) or die;
            sub ask { # socket that is asked, socket that answers
                my ($asked, $answers) = @_;
                my $address = inet_aton("203.0.113." . (11 + int($asked / 2)));
                send($s, $answers, 0, sockaddr_in(1000 + $asked % 2, $address)) or die;
                my $wanted = "";
                vec($wanted, fileno($s), 1) = 1;
                return "" unless select($wanted, undef, undef, 2);
                recv($s, my $seen, 100, 0);
                return $seen;
            }
            my $first = ask(0, 0);
            if ($first eq "") { print "blocked"; exit; }
            my $port = ask(0, 1) eq "" ? "closed" : "open";
            my $address = ask(0, 2) eq "" ? "closed" : "open";
            my $second = ask(1, 1);
            my $third = ask(2, 2);
            print $first ne $second ? "other" : $first ne $third ? "address" : "same",
                " $port $address";
            """;

    @RegisterExtension final Lab lab = new Lab();

    private NatLab net;

    @BeforeAll
    void observe() {
        net = new NatLab(lab);
        Host observer = net.host("observer", 11);
        observer.address("eth0", "203.0.113.12/24");
        String script = observer.file("observer.pl", OBSERVER);
        observer.sh("perl " + script + " </dev/null >/run/observer.log 2>&1 &");
        Await.until("the observer", () -> observer.run("test -e /run/ready").exit() == 0);
    }

    /**
     * The port that all destinations see, whether another port and another address may send. A
     * router whose own ports are open remembers those senders, and then chooses other ports.
     */
    @ParameterizedTest
    @CsvSource({
        "OPEN, same open open",
        "FULL_CONE, same open open",
        "ADDRESS_RESTRICTED, same open closed",
        "PORT_RESTRICTED, same closed closed",
        "OTHER_PORTS, same closed closed",
        "OPEN_PORTS, other closed closed",
        "ADDRESS_DEPENDENT, address closed closed",
        "SYMMETRIC, other closed closed",
        "PEERS_BLOCKED, same closed closed",
        "BLOCKED, blocked",
    })
    void aRouterIsOfItsKind(NatLab.Router kind, String expected) {
        NatLab.Site site = net.site(kind.name().toLowerCase(Locale.ROOT), kind);
        String script = site.host().file("client.pl", CLIENT);
        assertEquals(expected, site.host().sh("perl " + script));
    }
}
