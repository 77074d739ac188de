// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.linux;

import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Lists and changes the interfaces, addresses, routes and rules of a network namespace through
 * rtnetlink (RFC 3549), without the {@code ip} program.
 *
 * <p>It stays in the namespace of the thread that opened it. Changes need CAP_NET_ADMIN. If the
 * kernel refuses, the methods throw an {@link ErrnoException} that names the operation and gives
 * the kernel's own explanation, if any; a missing interface is ENODEV. Used by one thread at a
 * time.
 */
public final class RtNetlink implements AutoCloseable {
    private final NetlinkConversation kernel;

    private RtNetlink(NetlinkConversation kernel) {
        this.kernel = kernel;
    }

    /**
     * Opens a socket to the kernel in the calling thread's namespace.
     *
     * @return the open socket
     * @throws IOException if the kernel refuses
     */
    public static RtNetlink open() throws IOException {
        return new RtNetlink(new NetlinkConversation(NetlinkSocket.open()));
    }

    /**
     * Lists the interfaces.
     *
     * @return all interfaces of the namespace
     * @throws IOException if the kernel refuses
     */
    public List<LinkState> links() throws IOException {
        List<LinkState> links = new ArrayList<>();
        for (NetlinkMessage message : kernel.exchange("list interfaces", LinkMessages.list())) {
            links.add(LinkMessages.parse(message));
        }
        return links;
    }

    /**
     * Looks up an interface.
     *
     * @param name its name
     * @return its present state
     * @throws IOException if the kernel refuses
     */
    public LinkState link(String name) throws IOException {
        return link("look up interface " + name, name);
    }

    private LinkState link(String operation, String name) throws IOException {
        return LinkMessages.parse(ask(operation, name));
    }

    /**
     * Looks up an interface of another namespace.
     *
     * @param name its name there
     * @param namespaceId that namespace's number in this one
     * @return its present state
     * @throws IOException if the kernel refuses
     */
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
     * Returns the number that another namespace has in this one, and assigns one if it has none
     * yet. The number does not keep the namespace alive, and is void when the namespace ends.
     *
     * @param namespace a descriptor of the other namespace
     * @return its number
     * @throws IOException if the kernel refuses
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
     * Returns whether a TUN puts {@code struct tun_pi} before each packet for its program
     * (linux/if_tun.h).
     *
     * @param name the interface's name
     * @return false also for other interfaces, and before Linux 4.16, which does not tell
     * @throws IOException if the kernel refuses
     */
    public boolean tunGivesPacketInformation(String name) throws IOException {
        return LinkMessages.hasPacketInformation(ask("look up interface " + name, name));
    }

    /**
     * Returns the same for an interface of another namespace.
     *
     * @param name its name there
     * @param namespaceId that namespace's number in this one
     * @return false also for other interfaces, and before Linux 4.16, which does not tell
     * @throws IOException if the kernel refuses
     */
    public boolean tunGivesPacketInformation(String name, int namespaceId) throws IOException {
        return LinkMessages.hasPacketInformation(askElsewhere(name, namespaceId));
    }

    /**
     * Sets an interface up or down.
     *
     * @param name its name
     * @param up true for up
     * @throws IOException if the kernel refuses
     */
    public void setUp(String name, boolean up) throws IOException {
        kernel.exchange("set " + name + (up ? " up" : " down"), LinkMessages.setUp(name, up));
    }

    /**
     * Sets an interface's MTU.
     *
     * @param name its name
     * @param mtu in bytes
     * @throws IOException if the kernel refuses
     */
    public void setMtu(String name, int mtu) throws IOException {
        kernel.exchange("set MTU of " + name + " to " + mtu, LinkMessages.setMtu(name, mtu));
    }

    /**
     * Sets how many packets can wait for the program before the kernel drops some. The ioctl for
     * this needs a capability of the initial user namespace; rtnetlink needs only one of the
     * interface's.
     *
     * @param name the interface's name
     * @param packets the queue's length
     * @throws IOException if the kernel refuses
     */
    public void setQueueLength(String name, int packets) throws IOException {
        kernel.exchange("set queue length of " + name, LinkMessages.setQueueLength(name, packets));
    }

    /**
     * Renames an interface. Some kernels refuse (EBUSY) while it is up.
     *
     * @param name its name
     * @param newName its name afterwards
     * @throws IOException if the kernel refuses
     */
    public void rename(String name, String newName) throws IOException {
        String operation = "rename " + name + " to " + newName;
        int index = link(operation, name).index();
        kernel.exchange(operation, LinkMessages.rename(index, newName));
    }

    /**
     * Deletes an interface.
     *
     * @param name its name
     * @throws IOException if the kernel refuses
     */
    public void deleteLink(String name) throws IOException {
        kernel.exchange("delete interface " + name, LinkMessages.delete(name));
    }

    /**
     * Gives an interface an address; EEXIST if it has it already. The kernel adds the route to the
     * prefix's network while the interface is up.
     *
     * <p>The address can be used at once if the interface has no neighbours to ask, as on a TUN;
     * elsewhere an IPv6 address may take a second or two.
     *
     * @param link the interface's name
     * @param address the address, with the length of the network's prefix
     * @throws IOException if the kernel refuses
     */
    public void addAddress(String link, Cidr address) throws IOException {
        String operation = "add address " + address + " to " + link;
        NetlinkMessage message = ask(operation, link);
        int index = LinkMessages.parse(message).index();
        boolean alone = LinkMessages.isWithoutNeighbours(message);
        kernel.exchange(operation, AddressMessages.add(index, address, alone));
    }

    /**
     * Removes an address from an interface; EADDRNOTAVAIL if it does not have it.
     *
     * @param link the interface's name
     * @param address the address, with the length of the network's prefix
     * @throws IOException if the kernel refuses
     */
    public void removeAddress(String link, Cidr address) throws IOException {
        String operation = "remove address " + address + " from " + link;
        int index = link(operation, link).index();
        kernel.exchange(operation, AddressMessages.remove(index, address));
    }

    /**
     * Lists an interface's addresses of both families, including those that the kernel made.
     *
     * @param link the interface's name
     * @return the addresses, with the lengths of their networks' prefixes
     * @throws IOException if the kernel refuses
     */
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

    /**
     * Adds a route; EEXIST if the table has a route to that destination with that metric.
     *
     * @param route the route
     * @throws IOException if the kernel refuses
     */
    public void addRoute(Route route) throws IOException {
        String operation = "add route " + route;
        kernel.exchange(operation, RouteMessages.add(route, indexOf(operation, route)));
    }

    /**
     * Removes a route; ESRCH if there is no such route.
     *
     * @param route the route
     * @throws IOException if the kernel refuses
     */
    public void removeRoute(Route route) throws IOException {
        String operation = "remove route " + route;
        kernel.exchange(operation, RouteMessages.remove(route, indexOf(operation, route)));
    }

    private int indexOf(String operation, Route route) throws IOException {
        return route.link() == null ? 0 : link(operation, route.link()).index();
    }

    /**
     * Lists the routes of a table, of both families. A multipath route is listed once for each next
     * hop.
     *
     * @param table the table's unsigned number
     * @return the routes; none if there is no such table
     * @throws IOException if the kernel refuses
     */
    public List<Route> routes(int table) throws IOException {
        return routes().stream().filter(route -> route.table() == table).toList();
    }

    /**
     * Lists the routes of all tables, including the kernel's own.
     *
     * @return the routes of both families
     * @throws IOException if the kernel refuses
     */
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
     * Looks up how packets to a destination leave if they have no mark and no particular source
     * address; ENETUNREACH and others if there is no route.
     *
     * @param destination where the packets go to
     * @return the interface and the route's MTU
     * @throws IOException if the kernel refuses
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
     * Looks up the first default route of IPv4 in the main table.
     *
     * @return its interface and MTU; null and 0 if there is no default route
     * @throws IOException if the kernel refuses
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

    /**
     * Adds a rule; EEXIST if there is an equal one with that priority.
     *
     * @param rule the rule
     * @throws IOException if the kernel refuses
     */
    public void addRule(Rule rule) throws IOException {
        kernel.exchange("add rule " + rule, RuleMessages.add(rule));
    }

    /**
     * Removes a rule; ESRCH (ENOENT on some kernels) if there is no equal one with that priority.
     *
     * @param rule the rule
     * @throws IOException if the kernel refuses
     */
    public void removeRule(Rule rule) throws IOException {
        String operation = "remove rule " + rule;
        if (!rules().contains(rule)) {
            throw new ErrnoException(operation, Errno.ESRCH);
        }
        kernel.exchange(operation, RuleMessages.remove(rule));
    }

    /**
     * Lists the rules of both families, each in the order in which the kernel asks them.
     *
     * @return the rules
     * @throws IOException if the kernel refuses
     */
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
