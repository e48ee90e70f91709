import { useEffect, useRef, useState } from 'react'

const step = 60

/**
 * How many of a long list are drawn: a screenful and some, and more as one comes near the end of them.
 * @returns the count, and what goes to the element that stands for the rest
 */
export function useGrowing<Element extends HTMLElement>(total: number) {
  const [count, setCount] = useState(step)
  const rest = useRef<Element>(null)
  const shown = Math.min(count, total)
  useEffect(() => {
    const element = rest.current
    if (element === null || shown >= total) return
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && setCount(shown + step), {
      rootMargin: '800px',
    })
    observer.observe(element)
    return () => observer.disconnect()
  }, [shown, total])
  return { shown, rest }
}
