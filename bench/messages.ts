/** A page view or an order, of the size that shops send (about 500 bytes). */
export function message(id: string, n: number): object {
  const order = n % 20 === 0;
  return {
    type: 'track',
    event: order ? 'Order Completed' : 'Product Viewed',
    messageId: id,
    userId: `user-${n % 5_000}@shop.example`,
    timestamp: new Date(Date.now() - (n % 3_600) * 1_000).toISOString(),
    properties: {
      url: `https://shop.example/products/${n % 300}?utm_source=newsletter`,
      product_id: `p-${n % 300}`,
      category: 'coffee',
      ...(order ? { revenue: (n % 90) + 0.5, currency: 'USD', order_id: id } : { price: (n % 40) + 0.25 }),
    },
    context: {
      library: { name: 'bench', version: '1' },
      locale: 'en-US',
      page: { referrer: 'https://search.example/' },
    },
  };
}
