/** By it the server tells the pages which nonce their scripts are allowed by. */
export const nonceHeader = 'x-page-nonce'
