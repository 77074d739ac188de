// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.linux;

import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Interfaces, their addresses, the routes and the rules of a network namespace, listed and changed
 * through rtnetlink (RFC 3549), so that nothing here needs the {@code ip} program.
 *
 * <p>It stays with the namespace of the thread that opened it. Changes need CAP_NET_ADMIN. What the
 * kernel refuses is an {@link ErrnoException} that names the operation and gives the kernel's own
 * explanation where it has one; an interface that does not exist is ENODEV. Used by one thread at a
 * time.
 */
public final class RtNetlink implements AutoCloseable {
    private final NetlinkConversation kernel;

    private RtNetlink(NetlinkConversation kernel) {
        this.kernel = kernel;
    }

    public static RtNetlink open() throws IOException {
        return new RtNetlink(new NetlinkConversation(NetlinkSocket.open()));
    }

    public List<LinkState> links() throws IOException {
        List<LinkState> links = new ArrayList<>();
        for (NetlinkMessage message : kernel.exchange("list interfaces", LinkMessages.list())) {
            links.add(LinkMessages.parse(message));
        }
        return links;
    }

    public LinkState link(String name) throws IOException {
        return link("look up interface " + name, name);
    }

    private LinkState link(String operation, String name) throws IOException {
        return LinkMessages.parse(ask(operation, name));
    }

    /** Looks at an interface of the namespace that has that number in this one. */
    public LinkState link(String name, int namespaceId) throws IOException {
        return LinkMessages.parse(askElsewhere(name, namespaceId));
    }

    private NetlinkMessage ask(String operation, String name) throws IOException {
        return first(operation, LinkMessages.get(name));
    }

    private NetlinkMessage askElsewhere(String name, int namespaceId) throws IOException {
        String operation = "look up interface " + name + " of namespace " + namespaceId;
        return first(operation, LinkMessages.get(name, namespaceId));
    }

    private NetlinkMessage first(String operation, NetlinkRequest request) throws IOException {
        List<NetlinkMessage> answer = kernel.exchange(operation, request);
        if (answer.isEmpty()) {
            throw new ErrnoException(operation, Errno.ENODEV);
        }
        return answer.getFirst();
    }

    /**
     * The number by which another namespace, given by a descriptor, goes in this one; it is
     * assigned where it has none yet. It holds nothing and is void when that namespace ends.
     */
    public int namespaceId(int namespace) throws IOException {
        String operation = "look up the number of a network namespace";
        NetlinkRequest question = LinkMessages.getNamespaceId(namespace);
        int id = LinkMessages.parseNamespaceId(first(operation, question));
        if (id == LinkMessages.NO_NAMESPACE_ID) {
            kernel.exchange(operation, LinkMessages.assignNamespaceId(namespace));
            id = LinkMessages.parseNamespaceId(first(operation, question));
        }
        return id;
    }

    /**
     * Whether each packet that a TUN gives its program has {@code struct tun_pi} before it
     * (linux/if_tun.h); false also for other interfaces, and before Linux 4.16, which does not
     * tell.
     */
    public boolean tunGivesPacketInformation(String name) throws IOException {
        return LinkMessages.hasPacketInformation(ask("look up interface " + name, name));
    }

    /** The same of an interface of the namespace that has that number in this one. */
    public boolean tunGivesPacketInformation(String name, int namespaceId) throws IOException {
        return LinkMessages.hasPacketInformation(askElsewhere(name, namespaceId));
    }

    public void setUp(String name, boolean up) throws IOException {
        kernel.exchange("set " + name + (up ? " up" : " down"), LinkMessages.setUp(name, up));
    }

    /**
     * @param mtu in bytes
     */
    public void setMtu(String name, int mtu) throws IOException {
        kernel.exchange("set MTU of " + name + " to " + mtu, LinkMessages.setMtu(name, mtu));
    }

    /**
     * How many packets may wait for the program before the kernel drops them. The ioctl for this
     * wants a capability of the initial user namespace; this way one of the interface's will do.
     */
    public void setQueueLength(String name, int packets) throws IOException {
        kernel.exchange("set queue length of " + name, LinkMessages.setQueueLength(name, packets));
    }

    /** Some kernels refuse (EBUSY) while the interface is up. */
    public void rename(String name, String newName) throws IOException {
        String operation = "rename " + name + " to " + newName;
        int index = link(operation, name).index();
        kernel.exchange(operation, LinkMessages.rename(index, newName));
    }

    public void deleteLink(String name) throws IOException {
        kernel.exchange("delete interface " + name, LinkMessages.delete(name));
    }

    /**
     * Gives the interface an address; EEXIST when it has it already. The route to the prefix's
     * network follows by itself while the interface is up.
     *
     * <p>It can be used at once where there are no neighbours to be asked whether they have it, as
     * on a TUN; elsewhere an IPv6 address may take a second or two.
     */
    public void addAddress(String link, Cidr address) throws IOException {
        String operation = "add address " + address + " to " + link;
        NetlinkMessage message = ask(operation, link);
        int index = LinkMessages.parse(message).index();
        boolean alone = LinkMessages.isWithoutNeighbours(message);
        kernel.exchange(operation, AddressMessages.add(index, address, alone));
    }

    /** EADDRNOTAVAIL when the interface does not have it. */
    public void removeAddress(String link, Cidr address) throws IOException {
        String operation = "remove address " + address + " from " + link;
        int index = link(operation, link).index();
        kernel.exchange(operation, AddressMessages.remove(index, address));
    }

    /** Of both families, those that the kernel made itself included. */
    public List<Cidr> addresses(String link) throws IOException {
        String operation = "list addresses of " + link;
        int index = link(operation, link).index();
        List<Cidr> addresses = new ArrayList<>();
        for (NetlinkMessage message : kernel.exchange(operation, AddressMessages.list())) {
            if (AddressMessages.index(message) == index) {
                Cidr address = AddressMessages.parse(message);
                if (address != null) {
                    addresses.add(address);
                }
            }
        }
        return addresses;
    }

    /** EEXIST when the table has a route to that destination with that metric. */
    public void addRoute(Route route) throws IOException {
        String operation = "add route " + route;
        kernel.exchange(operation, RouteMessages.add(route, indexOf(operation, route)));
    }

    /** ESRCH when there is no such route. */
    public void removeRoute(Route route) throws IOException {
        String operation = "remove route " + route;
        kernel.exchange(operation, RouteMessages.remove(route, indexOf(operation, route)));
    }

    private int indexOf(String operation, Route route) throws IOException {
        return route.link() == null ? 0 : link(operation, route.link()).index();
    }

    /**
     * The routes of a table, of both families; none when there is no such table. One that uses
     * several ways at once is listed once for each.
     */
    public List<Route> routes(int table) throws IOException {
        return routes().stream().filter(route -> route.table() == table).toList();
    }

    /** The routes of all tables, those of the kernel's own included. */
    public List<Route> routes() throws IOException {
        Map<Integer, String> names = linkNames();
        List<Route> routes = new ArrayList<>();
        for (int family : new int[] {AddressFamily.AF_INET, AddressFamily.AF_INET6}) {
            for (NetlinkMessage message :
                    kernel.exchange("list routes", RouteMessages.list(family))) {
                routes.addAll(RouteMessages.parse(message, family, names::get));
            }
        }
        return routes;
    }

    private Map<Integer, String> linkNames() throws IOException {
        Map<Integer, String> names = new HashMap<>();
        for (LinkState link : links()) {
            names.put(link.index(), link.name());
        }
        return names;
    }

    /**
     * The way that packets to a destination take, those without a mark and from any address;
     * ENETUNREACH and others when there is none.
     */
    public RouteLookup lookUpRoute(InetAddress destination) throws IOException {
        String operation = "look up the route to " + AddressText.of(destination);
        List<NetlinkMessage> answer = kernel.exchange(operation, RouteMessages.lookUp(destination));
        if (answer.isEmpty()) {
            throw new ErrnoException(operation, Errno.ENETUNREACH);
        }
        return RouteMessages.parseLookup(answer.getFirst(), linkNames()::get);
    }

    /**
     * The way of the main table's default route of IPv4, of several the first; without a link and
     * an MTU when there is none.
     */
    public RouteLookup lookUpDefaultRoute() throws IOException {
        Map<Integer, String> names = linkNames();
        for (NetlinkMessage message :
                kernel.exchange("list routes", RouteMessages.list(AddressFamily.AF_INET))) {
            for (Route route : RouteMessages.parse(message, AddressFamily.AF_INET, names::get)) {
                if (route.table() == Route.MAIN_TABLE && route.destination().length() == 0) {
                    int mtu = RouteMessages.parseLookup(message, names::get).mtu();
                    return new RouteLookup(route.link(), mtu);
                }
            }
        }
        return new RouteLookup(null, 0);
    }

    /** EEXIST when there is one that is equal, the priority included. */
    public void addRule(Rule rule) throws IOException {
        kernel.exchange("add rule " + rule, RuleMessages.add(rule));
    }

    /** ESRCH (ENOENT on some kernels) when there is none that is equal, the priority included. */
    public void removeRule(Rule rule) throws IOException {
        String operation = "remove rule " + rule;
        if (!rules().contains(rule)) {
            throw new ErrnoException(operation, Errno.ESRCH);
        }
        kernel.exchange(operation, RuleMessages.remove(rule));
    }

    /** Of both families, each in the order in which they are asked. */
    public List<Rule> rules() throws IOException {
        List<Rule> rules = new ArrayList<>();
        for (int family : new int[] {AddressFamily.AF_INET, AddressFamily.AF_INET6}) {
            for (NetlinkMessage message :
                    kernel.exchange("list rules", RuleMessages.list(family))) {
                Rule rule = RuleMessages.parse(message, family);
                if (rule != null) {
                    rules.add(rule);
                }
            }
        }
        return rules;
    }

    @Override
    public void close() {
        kernel.close();
    }
}
